import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { ApiClient } from "../../shared/api-client.ts";
import { Role } from "../../shared/enums.ts";
import { AXE_MS, expectAccessible } from "./accessibility.ts";
import { describeInBrowser, STEP_MS, settled, test } from "./browser.ts";

describeInBrowser("a share link", () => {
  test("made by a member, shows somebody without an account one experiment, until it is revoked", {
    timeout: 2 * AXE_MS,
  }, async ({ dashboard, open, expectedComplaints }) => {
    const { experimentId } = dashboard.seed;
    // a second try stands beside what the first one left
    const reader = `Reviewer ${randomUUID().slice(0, 8)}`;
    const member = await open({ path: `/experiments/${experimentId}`, role: Role.MEMBER });
    await settled(member);
    await member.getByRole("button", { name: "Share", exact: true }).click();
    const dialog = member.getByRole("dialog", { name: "Share this experiment" });
    await dialog.getByLabel("Whom it is for").fill(reader);
    await dialog.getByRole("button", { name: "Make link" }).click();
    const link = dialog.getByRole("listitem").filter({ hasText: reader });
    await link.getByText("last used never").waitFor();
    const address = (await dialog.locator("pre").textContent()) ?? "";
    expect(address).toContain(`${dashboard.url}/share/`);
    await expectAccessible(member, "share dialog");

    const visitor = await open({ path: address, role: null });
    await visitor.getByRole("heading", { level: 1, name: "Flat shapes" }).waitFor();
    expect(new URL(visitor.url()).hash).toBe("");
    const samples = visitor.getByRole("region", { name: "Samples" });
    const image = samples.locator("figure img").first();
    await image.scrollIntoViewIfNeeded();
    await expect
      .poll(() => image.evaluate((it: HTMLImageElement) => it.naturalWidth), { timeout: STEP_MS })
      .toBeGreaterThan(0);
    await samples.getByLabel("Round").selectOption("1");
    await samples.getByRole("button", { name: "More prompts" }).click();
    await samples.getByText("24 prompts shown").waitFor();
    expect(await visitor.getByRole("link").count()).toBe(0);
    expect(await visitor.evaluate(() => document.cookie)).toBe("");
    await expectAccessible(visitor, "shared experiment");
    await visitor.reload();
    await visitor.getByRole("heading", { level: 1, name: "Flat shapes" }).waitFor();

    expectedComplaints.push(/401/);
    const kept = visitor.url();
    await visitor.goto(`/experiments/${experimentId}`);
    await visitor.getByText("Sign in to see this").first().waitFor();
    await link.getByRole("button", { name: `Revoke the link for ${reader}` }).click();
    await link.getByText("revoked").waitFor();
    await visitor.goto(kept);
    await visitor.getByRole("heading", { level: 1, name: "This link shows nothing" }).waitFor();
    await expectAccessible(visitor, "share link that is over");
  });

  test("follows what is added to the experiment, without a reload", async ({ dashboard, open }) => {
    const member = new ApiClient({ url: dashboard.url, token: dashboard.tokens.MEMBER });
    const { experimentId, roundIds } = dashboard.seed;
    const { createShareLink } = await member.ask<{ createShareLink: { path: string } }>(
      "mutation ($input: CreateShareLinkInput!) { createShareLink(input: $input) { path } }",
      { input: { experimentId, name: "Follower" } },
    );
    const visitor = await open({ role: null });
    await visitor.clock.install();
    await visitor.goto(createShareLink.path);
    await visitor.getByRole("heading", { level: 1, name: "Flat shapes" }).waitFor();
    const name = `measured ${randomUUID().slice(0, 8)}`;
    await member.ask("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
      input: {
        points: roundIds.map((subjectId, i) => ({
          subject: "ROUND",
          subjectId,
          name,
          direction: "LOWER",
          value: 3 - i,
        })),
      },
    });
    const shown = async () => {
      await visitor.clock.fastForward(31_000);
      return visitor.getByRole("article", { name }).count();
    };
    await expect.poll(shown, { timeout: STEP_MS, interval: 1_000 }).toBe(1);
  });
});
