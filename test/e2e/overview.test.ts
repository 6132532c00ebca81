import { expect } from "vitest";
import { describeInBrowser, test } from "./browser.ts";

describeInBrowser("an experiment's overview", () => {
  test("says what it cost, how each round came of the one before, and leads to every part", async ({
    dashboard,
    open,
  }) => {
    const { experimentId, roundIds, rewardModelIds } = dashboard.seed;
    const page = await open({ path: `/experiments/${experimentId}` });
    const cost = page.getByRole("region", { name: "Cost" });
    await cost.getByText(/of workers' time, no image drawn by the lab/).click();
    const kinds = cost.getByRole("table", { name: "Cost by kind of work" });
    // Of round 1 and 2, one that failed and one that is running, until the test of the jobs page cancels it.
    await kinds.getByRole("row", { name: /^train reward model 4 / }).waitFor();
    const lineage = page.getByRole("region", { name: "Lineage" });
    await lineage.getByRole("link", { name: "Pairs by R 36" }).first().waitFor();
    const links = await lineage.getByRole("link").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
    expect(links).toEqual(
      expect.arrayContaining([
        `/rounds/${roundIds[0]}`,
        `/reward-models/${rewardModelIds[0]}`,
        `/rounds/${roundIds[0]}?model=${rewardModelIds[0]}`,
        `/reward-models/${rewardModelIds[1]}`,
      ]),
    );
    await lineage.getByText("Base + DPO 1").waitFor();
    await lineage.getByRole("link", { name: "Round 2 144 samples" }).click();
    await page.getByRole("heading", { level: 1, name: "Round 2" }).waitFor();
  });

  test("counts prompts won and lost against a chosen round, and shows those that changed most", async ({
    dashboard,
    open,
  }) => {
    const { experimentId, roundIds } = dashboard.seed;
    const page = await open({ path: `/experiments/${experimentId}` });
    const section = page.getByRole("region", { name: "Prompt by prompt" });
    // Of 36 prompts every fourth got worse; R: binom.wilson(27, 36), binom.test(27, 36).
    await section.getByRole("row", { name: /^CLIPScore ↑ 27 9 0 75% \(59 to 86\) 0\.0039/ }).waitFor();
    const first = section.getByRole("link").first();
    expect(await first.textContent()).toContain("36. a triangle");
    await section.getByLabel("Round", { exact: true }).selectOption(roundIds[0] ?? "");
    await section.getByLabel("Against").selectOption(roundIds[1] ?? "");
    await section.getByRole("row", { name: /^CLIPScore ↑ 9 27 0 25%/ }).waitFor();
    expect(page.url()).toContain(`baseline=${roundIds[1]}`);
    await page.reload();
    await section.getByRole("row", { name: /^CLIPScore ↑ 9 27 0 25%/ }).waitFor();
  });

  test("has the metrics of all rounds as a table", async ({ dashboard, open }) => {
    const page = await open({ path: `/experiments/${dashboard.seed.experimentId}` });
    await page.getByText("As a table").click();
    const distance = page.getByRole("table", { name: "Metrics of all rounds" }).getByRole("row", { name: /^FD/ });
    expect(await distance.textContent()).toContain("−4.5 (−5.7 to −3.3), better (from both intervals)");
  });
});
