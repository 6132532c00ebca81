import { describeInBrowser, settled, test } from "./browser.ts";

const LONG_MS = 60_000;

describeInBrowser("a first visit", () => {
  test("from the printed link to which round is best and whether that is significant, by clicks alone", {
    timeout: LONG_MS,
  }, async ({ dashboard, open }) => {
    const page = await open({ role: null });
    await page.goto(`/sign-in#token=${dashboard.tokens.ADMIN}`);
    await page.getByRole("heading", { level: 1, name: "Experiments" }).waitFor();
    // Other tests' experiments may have come before it: what is sought may be on a later page.
    const experiment = page.getByRole("link", { name: "Flat shapes", exact: true });
    await settled(page);
    while ((await experiment.count()) === 0) {
      await page.getByRole("button", { name: "Next" }).click();
      await settled(page);
    }
    await experiment.click();
    const metrics = page.getByRole("region", { name: "Metrics by round" });
    await metrics.getByText(/^Round 2 beside round 1: better by FD/).waitFor();
    const distance = metrics.getByRole("article", { name: "FD(mobilenet-v2-mid)" });
    await distance.getByText("▲ better").waitFor();
    // The evidence: the change with its interval, which leaves out zero, and the test by which it is said.
    await distance.getByText("Round 1 to 2: −4.5 (−5.7 to −3.3)").waitFor();
  });
});
