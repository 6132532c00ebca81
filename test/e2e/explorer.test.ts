import type { Page } from "playwright-core";
import { expect } from "vitest";
import { ApiClient } from "../../shared/api-client.ts";
import { WATCH_JOB } from "../../shared/ten-calls.ts";
import { describeInBrowser, test } from "./browser.ts";

/** Runs what the editor shows, once it shows `text`. */
async function execute(page: Page, text: string): Promise<void> {
  await page.locator(".graphiql-query-editor .view-lines").getByText(text).first().waitFor();
  await page.getByRole("button", { name: /^Execute/ }).click();
}

/** The editor draws blanks as it likes. */
async function answered(page: Page, text: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelector(".graphiql-response")?.textContent?.replace(/\s/g, "").includes(wanted),
    text.replace(/\s/g, ""),
  );
}

describeInBrowser("the explorer at /graphql", () => {
  test("a stranger signs in first and comes back; a query is answered", async ({ dashboard, open }) => {
    const page = await open({ path: "/graphql", role: null });
    expect(new URL(page.url()).pathname).toBe("/sign-in");
    await page.getByLabel("Token").fill(dashboard.tokens.VIEWER);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL((url) => url.pathname === "/graphql");
    await execute(page, "Experiments");
    // The newest stand first, and the editor draws only the lines in sight: any experiment will do.
    await answered(page, '"experiments": { "nodes": [ { "id":');
  });

  test("a call of the main job is one click away and runs; the schema's words stand beside it", async ({ open }) => {
    const page = await open({ path: "/graphql" });
    await page.getByRole("button", { name: "Show Ten calls" }).click();
    await page.getByRole("button", { name: "Open CreatePromptSet" }).click();
    await page.getByRole("tab", { name: "CreatePromptSet" }).waitFor();
    await execute(page, "CreatePromptSet");
    await answered(page, '"promptCount": 2');
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await page.getByText("Subscription", { exact: true }).click();
    await page.getByText("The job as it is, and again whenever it changes").waitFor();
  });

  test("a subscription tells its news, and its address opens it for others", async ({ dashboard, open }) => {
    const client = new ApiClient({ url: dashboard.url, token: dashboard.tokens.VIEWER });
    const { jobs } = await client.ask<{ jobs: { nodes: { id: string }[] } }>(
      "{ jobs(state: FAILED) { nodes { id } } }",
    );
    const variables = JSON.stringify({ id: jobs.nodes[0]?.id });
    const page = await open({
      path: `/graphql?${new URLSearchParams({ query: WATCH_JOB.operation, variables })}`,
    });
    await execute(page, "WatchJob");
    await answered(page, '"state": "FAILED"');
  });

  test("on a phone ten tabs stay within the screen", async ({ open }) => {
    const page = await open({ path: "/graphql", width: 390 });
    for (let tab = 0; tab < 10; tab++) await page.getByRole("button", { name: "New tab" }).click();
    const strip = await page.locator(".graphiql-session-header").boundingBox();
    expect((strip?.x ?? 0) + (strip?.width ?? 0)).toBeLessThanOrEqual(390);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.getByRole("button", { name: "New tab" }).click();
  });

  test("a program gets the API at the same address", async ({ dashboard }) => {
    const query = encodeURIComponent("{ __typename }");
    const answer = await fetch(`${dashboard.url}/graphql?query=${query}`, {
      headers: { accept: "application/json", "apollo-require-preflight": "1" },
    });
    expect(await answer.json()).toEqual({ data: { __typename: "Query" } });
  });
});
