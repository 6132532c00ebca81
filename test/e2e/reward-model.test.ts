import { expect } from "vitest";
import { describeInBrowser, test } from "./browser.ts";

describeInBrowser("a reward model's page", () => {
  test("leads from the experiment to curves, histograms, ranks, other rounds' models and the samples it likes", async ({
    dashboard,
    open,
  }) => {
    const page = await open({ path: `/experiments/${dashboard.seed.experimentId}` });
    await page
      .getByRole("table", { name: "Rounds", exact: true })
      .getByRole("link", { name: "R", exact: true })
      .first()
      .click();
    await page.getByRole("heading", { level: 1, name: "Reward model R" }).waitFor();
    await page.getByRole("img", { name: "ROC curve of 4 points, area 0.950 (0.830 to 1.000)." }).waitFor();
    const calibration = page.getByRole("img", { name: /^Reliability diagram/ });
    // 1 of 3 items: R's binom.wilson(1, 3).
    expect(await calibration.getAttribute("aria-label")).toContain(
      "score 0.500: 0.33 (0.06 to 0.79) proxy items, n = 3",
    );
    const rewards = page.getByRole("region", { name: "Rewards" });
    await rewards
      .getByRole("img", { name: /^Held out, .*proxy: n = 8, mean logit 3\.50; generated: n = 8, mean logit -3\.00/ })
      .waitFor();
    await rewards.getByRole("img", { name: /^All samples of the round, .*n = 144/ }).waitFor();
    const ranks = page.getByRole("region", { name: "Metrics by rank" });
    await ranks
      .getByRole("img", { name: /^FD\(mobilenet-v2-mid\) by reward rank, lower is better\. rank 1: 21\.4/ })
      .waitFor();
    await page.getByRole("table", { name: "From round to round" }).getByRole("link", { name: "Round 2" }).click();
    await page.waitForURL(`**/reward-models/${dashboard.seed.rewardModelIds[1]}`);
    const preferred = page.getByRole("region", { name: "Most and least preferred" });
    await preferred.getByRole("link").nth(23).waitFor();
    const rewardsShown = (await preferred.getByRole("link").allTextContents()).map(Number.parseFloat);
    expect(rewardsShown.slice(0, 12)).toEqual(rewardsShown.slice(0, 12).toSorted((a, b) => b - a));
    expect(rewardsShown.slice(12)).toEqual(rewardsShown.slice(12).toSorted((a, b) => a - b));
    await preferred.getByRole("link").first().click();
    await page.getByRole("dialog").getByText("rank 1").first().waitFor();
  });

  test("shows a training that is under way, and one that failed", async ({ dashboard, open }) => {
    const page = await open({ path: `/experiments/${dashboard.seed.experimentId}` });
    await page
      .getByRole("article", { name: /R, failing/ })
      .getByRole("link")
      .click();
    await page.getByText("The encoder's file is damaged").waitFor();
    expect(await page.getByRole("region", { name: "Held-out items" }).count()).toBe(0);
    await page.getByRole("link", { name: "Round 2" }).first().click();
    await page.getByRole("heading", { level: 1, name: "Round 2" }).waitFor();
    await page.getByRole("link", { name: "R, longer" }).click();
    await page.getByRole("heading", { level: 1, name: "Reward model R, longer" }).waitFor();
    // until the test of the jobs page cancels it
    const underWay = page.getByRole("region", { name: "Training" }).getByRole("progressbar");
    await underWay.or(page.getByText("Training was cancelled")).first().waitFor();
  });

  test("the round says what it was measured by, and how much of a distance is small-sample bias", async ({
    dashboard,
    open,
  }) => {
    const page = await open({ path: `/rounds/${dashboard.seed.roundIds[0]}` });
    await page.getByText("What the round was measured by").click();
    const distance = page.getByRole("table", { name: "Metrics of the round" }).getByRole("row", { name: /^FD/ });
    expect(await distance.textContent()).toContain("24.10 (23.20 to 25.00)of which about 3.1 is small-sample bias");
  });
});
