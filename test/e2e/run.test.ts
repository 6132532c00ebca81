import { expect } from "vitest";
import { Role } from "../../shared/enums.ts";
import { runnableExperiment, SHORT_RUN } from "../api/runnable-experiment.ts";
import { testClient } from "../support/server.ts";
import { describeInBrowser, test } from "./browser.ts";

/** Forty-five proxy images go in before, and two pages are looked at. */
const LONG_MS = 120_000;

describeInBrowser("a run of Algorithm 1", () => {
  test("its rounds and steps are shown as they go; who may cancels it and goes on with it", {
    timeout: LONG_MS,
  }, async ({ dashboard, open }) => {
    const client = testClient(dashboard.url, dashboard.tokens);
    const { experimentId } = await runnableExperiment(client);
    const path = `/experiments/${experimentId}`;
    const watching = await open({ path, role: Role.VIEWER });
    await watching.getByText("No round yet").waitFor();
    const { errors } = await client.ask(
      "mutation ($input: RunExperimentInput!) { runExperiment(input: $input) { run { id } } }",
      { input: { experimentId, ...SHORT_RUN } },
    );
    expect(errors).toBeUndefined();

    const page = await open({ path });
    const run = page.getByRole("region", { name: "Run" });
    await run.getByRole("status").getByText("Waiting for a worker").waitFor();
    const rounds = run.getByRole("table", { name: "Rounds of the run" }).locator("tbody tr");
    expect(await rounds.count()).toBe(3);
    expect(await rounds.first().textContent()).toMatch(
      /draw.*train R.*train the judge.*score and pair.*measure.*post-train/,
    );
    expect(await rounds.last().textContent()).toContain("the last policy, measured");

    // a page that was open before shows it without a reload
    const seen = watching.getByRole("region", { name: "Run" });
    await seen.getByText("Waiting for a worker").waitFor();
    expect(await seen.getByRole("button", { name: "Cancel the run" }).count()).toBe(0);

    await run.getByRole("button", { name: "Cancel the run" }).click();
    await run.getByText("(cancelled)").first().waitFor();
    // the other page hears of it without a reload
    await seen.getByText("(cancelled)").first().waitFor();
    await run.getByRole("button", { name: "Resume the run" }).click();
    await run.getByRole("status").getByText("Waiting for a worker").waitFor();
  });
});
