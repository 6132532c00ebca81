import type { Page } from "playwright-core";
import { expect } from "vitest";
import { Role } from "../../shared/enums.ts";
import { describeInBrowser, settled, test } from "./browser.ts";
import { DRAFTS, K, PROMPTS } from "./seed.ts";

const focusedTile = (page: Page) =>
  page.evaluate(() => {
    const { row, column } = (document.activeElement as HTMLElement).dataset;
    return row === undefined ? null : [Number(row), Number(column)];
  });

/** The parameters of the page's address. */
const addressOf = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);

describeInBrowser("dashboard", () => {
  test("the link that the server prints signs in and leaves no token in the history", async ({ dashboard, open }) => {
    const page = await open({ role: null });
    await page.goto(`/sign-in?next=%2Fjobs#token=${dashboard.tokens.VIEWER}`);
    await page.waitForURL((url) => url.pathname === "/jobs");
    await settled(page);
    await page.goBack().catch(() => null);
    expect(page.url()).not.toContain(dashboard.tokens.VIEWER);
  });

  test("a wrong token is refused in words", async ({ open, expectedComplaints }) => {
    expectedComplaints.push(/401/);
    const page = await open({ path: "/sign-in", role: null });
    await page.locator("input[type=password]").fill("ganrm_wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("unknown, expired, revoked").waitFor();
  });

  test("experiments are found, filtered, sorted and paged, and the address says how", async ({ open }) => {
    const page = await open({ path: "/experiments" }); // cut from an experiment's address
    await page.waitForURL((url) => url.pathname === "/");
    const rows = page.getByRole("table", { name: "Experiments" }).locator("tbody tr");
    await rows.first().waitFor();
    // other tests add experiments of their own, at any time
    const total = Number(/of (\d+)/.exec((await page.getByText(/^25 of \d+/).textContent()) ?? "")?.[1]);
    expect(total).toBeGreaterThan(DRAFTS);
    expect(await rows.filter({ hasText: "Flat shapes" }).count()).toBe(1);
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText(/^([1-9]|1\d|2[0-4]) of \d+/).waitFor();
    await page.goBack();
    await page.getByText(/^25 of \d+/).waitFor();
    await page.getByLabel("Search experiments").fill("draft 2");
    await page.getByText("10 of 10").waitFor();
    await page.getByLabel("Order").selectOption("NAME");
    await rows.first().getByText("Draft 20").waitFor();
    await rows.last().getByText("Draft 29").waitFor();
    expect(addressOf(page)).toEqual({ order: "NAME", search: "draft 2" });
    await page.reload();
    await page.getByText("10 of 10").waitFor();
    expect(await page.getByLabel("Search experiments").inputValue()).toBe("draft 2");
    await page.getByLabel("Status").selectOption("RUNNING");
    await page.getByText("No experiment matches").waitFor();
  });

  test("an experiment compares its rounds, with intervals and what the differences mean", async ({
    dashboard,
    open,
  }) => {
    const page = await open({ path: `/experiments/${dashboard.seed.experimentId}` });
    const rounds = page.getByRole("table", { name: "Rounds", exact: true });
    await rounds.getByText("n = 36, chance 25.0%").first().waitFor();
    // Round 1 misses every 5th of 36 prompts, round 2 every 12th: 28 and 33 wins, Wilson's intervals.
    expect(await rounds.textContent()).toContain("78% (62 to 88)");
    expect(await rounds.textContent()).toContain("91.7% (78.2 to 97.1)");
    const comparison = page.getByRole("table", { name: "Round 2 beside round 1" });
    await comparison.getByText(/^−0\.08 \(−0\.21 to \+0\.09\)/).waitFor();
    expect(await comparison.textContent()).toContain("+14 points (−3 to +31)");
    await page.getByLabel(/how often this label is picked/).selectOption("sketch");
    await rounds.getByText("chance 25.0%").first().waitFor();
    expect(addressOf(page)).toEqual({ label: "sketch" });
  });

  test("an experiment says whether the last round is better, by which metrics, and warns of reward hacking", async ({
    dashboard,
    open,
  }) => {
    const page = await open({ path: `/experiments/${dashboard.seed.experimentId}` });
    const metrics = page.getByRole("region", { name: "Metrics by round" });
    await metrics
      .getByText(
        "Round 2 beside round 1: better by FD(mobilenet-v2-mid), reward(R); worse by diversity(mobilenet-v2-mid); no evidence of a change by KID(mobilenet-v2-mid).",
      )
      .waitFor();
    expect(await metrics.getByRole("alert").textContent()).toContain(
      "reward(R) rose while diversity(mobilenet-v2-mid)",
    );
    const distance = metrics.getByRole("article", { name: "FD(mobilenet-v2-mid)" });
    // 19.6 - 24.1 -+ sqrt(0.9² + 0.8²)
    await distance.getByText("Round 1 to 2: −4.5 (−5.7 to −3.3)").waitFor();
    expect(await distance.getByRole("img").getAttribute("aria-label")).toContain("round 2: 19.60 (18.80 to 20.40)");
  });

  test("an ablation says which strategy is better, with which evidence, beside whichever row is chosen", async ({
    dashboard,
    open,
  }) => {
    const page = await open({ path: `/experiments/${dashboard.seed.experimentId}` });
    await page.getByRole("link", { name: "Strategies" }).click();
    await page.getByRole("heading", { name: "Strategies", level: 1 }).waitFor();
    await page.getByText("12 of 12 models").waitFor();
    const says = page.getByRole("region", { name: "What it says" });
    await says
      .getByText(/better than Naive: .*Bootstrap \+0\.50/)
      .first()
      .waitFor();
    await says.getByText(/FD\(mobilenet-v2-mid\): better than Naive/).waitFor();
    const rows = page.getByRole("table", { name: "Ablation" }).locator("tbody tr");
    expect(await rows.locator("th").allTextContents()).toEqual(["Naive", "Average", "Voting", "Bootstrap"]);
    await page.getByRole("img", { name: /^best-of-K accuracy, higher is better\. Naive 0\.5/ }).waitFor();
    await page.getByLabel("Compare with").selectOption("Bootstrap");
    await says
      .getByText(/worse than Bootstrap: .*Naive −0\.50/)
      .first()
      .waitFor();
    expect(addressOf(page)).toEqual({ baseline: "3" });
    await page.reload();
    await says
      .getByText(/worse than Bootstrap/)
      .first()
      .waitFor();
  });

  test("a loss curve is looked at closely and on a logarithmic axis", async ({ dashboard, open }) => {
    const page = await open({ path: `/reward-models/${dashboard.seed.rewardModelIds[0]}` });
    const card = page.getByRole("region", { name: "Training" });
    await card.locator("svg.recharts-surface").waitFor();
    expect(await card.textContent()).toContain("held out:");
    const first = card.getByRole("slider", { name: "First step shown" });
    await first.focus();
    for (let i = 0; i < 3; i++) await first.press("ArrowRight");
    await card.getByRole("button", { name: "All steps" }).waitFor();
    await card.getByRole("checkbox", { name: "Logarithmic axis of Loss" }).check();
    await card.getByRole("button", { name: "All steps" }).click();
    await card.getByRole("button", { name: "All steps" }).waitFor({ state: "detached" });
    const chart = await card.locator("svg.recharts-surface").boundingBox();
    if (!chart) throw new Error("the chart is not shown");
    await page.mouse.move(chart.x + 120, chart.y + 80);
    await page.mouse.down();
    await page.mouse.move(chart.x + 240, chart.y + 80, { steps: 4 });
    await page.mouse.up();
    await card.getByRole("button", { name: "All steps" }).waitFor();
  });

  test("from the list to a sample: experiment, round, comparison", async ({ open }) => {
    const page = await open({ path: "/" });
    await page.getByRole("link", { name: "Flat shapes" }).click();
    await page.getByRole("heading", { level: 1, name: "Flat shapes" }).waitFor();
    await page.getByRole("link", { name: "Round 1", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Round 1" }).waitFor();
    const tiles = page.getByRole("region", { name: "Prompt 2", exact: true }).getByRole("button");
    await tiles.first().waitFor();
    expect(await tiles.count()).toBe(K);
    const rewards = (await tiles.allTextContents()).map((text) => Number.parseFloat(text));
    expect(rewards).toEqual([...rewards].sort((a, b) => b - a));
    expect(await tiles.first().textContent()).toContain("▲ chosen");
    expect(await tiles.last().textContent()).toContain("▼ rejected");
    await tiles.first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("figure", { name: /^Left/ }).getByText("rank 1").waitFor();
    await dialog
      .getByRole("figure", { name: /^Right/ })
      .getByText(`rank ${K}`)
      .waitFor();
  });

  test("both sides of a comparison zoom in step, and its address shows the same to others", async ({
    dashboard,
    open,
  }) => {
    const page = await open({ path: `/rounds/${dashboard.seed.roundIds[0]}` });
    await page.getByRole("region", { name: "Prompt 3", exact: true }).getByRole("button").nth(1).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Closer" }).click();
    await page.keyboard.press("Shift++");
    await page.keyboard.press("-");
    await dialog.getByText("1.5×").waitFor();
    const transforms = () =>
      dialog
        .locator("figure img")
        .evaluateAll((images) => images.map((image) => (image as HTMLElement).style.transform));
    expect(await transforms()).toEqual(Array(2).fill("translate(0%, 0%) scale(1.5)"));
    const pane = await dialog.locator("figure img").first().boundingBox();
    if (!pane) throw new Error("the pane is not shown");
    await page.mouse.move(pane.x + 150, pane.y + 150);
    await page.mouse.down();
    await page.mouse.move(pane.x + 190, pane.y + 160, { steps: 3 });
    await page.mouse.up();
    const [left, right] = await transforms();
    expect(left).toBe(right);
    expect(left).not.toBe("translate(0%, 0%) scale(1.5)");
    await page.keyboard.press("ArrowLeft");
    const address = page.url();
    const other = await open({ path: address });
    const shown = await dialog.getByRole("figure").evaluateAll((all) => all.map((figure) => figure.ariaLabel));
    await other.getByRole("dialog").getByRole("figure").first().waitFor();
    expect(
      await other
        .getByRole("dialog")
        .getByRole("figure")
        .evaluateAll((all) => all.map((figure) => figure.ariaLabel)),
    ).toEqual(shown);
    await page.keyboard.press("j");
    await page.getByRole("dialog", { name: /^4\./ }).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(addressOf(page)).toEqual({ at: "4" });
  });

  test("a round is walked by keys alone", async ({ dashboard, open }) => {
    const page = await open({ path: `/rounds/${dashboard.seed.roundIds[1]}` });
    const first = page.getByRole("region", { name: "Prompt 1", exact: true });
    await first.getByRole("button").first().waitFor();
    await page.keyboard.press("j");
    expect(await focusedTile(page)).toEqual([0, 0]);
    for (const key of ["j", "l", "ArrowRight", "ArrowDown", "k", "h"]) await page.keyboard.press(key);
    expect(await focusedTile(page)).toEqual([1, 1]);
    for (let i = 0; i < 22; i++) await page.keyboard.press("j");
    expect(await focusedTile(page)).toEqual([23, 1]);
    await page.keyboard.press("j");
    await page.getByRole("region", { name: "Prompt 25", exact: true }).waitFor();
    await page.waitForFunction(() => document.activeElement?.closest("[aria-label='Prompt 25']"));
    await page.keyboard.press("Enter");
    const comparison = page.getByRole("dialog", { name: /^25\./ });
    await comparison.waitFor();
    await page.keyboard.press("Escape");
    await comparison.waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.closest("[aria-label='Prompt 25']"));
    await page.keyboard.press("Home");
    await first.waitFor();
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keyboard" });
    await help.waitFor();
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "detached" });
    await page.keyboard.press("/");
    await page.keyboard.type("number 36");
    await page.getByText("1 of 1 prompts").waitFor();
    expect(addressOf(page)).toMatchObject({ search: "number 36" });
  });

  test("what the model picks stands beside chance; a tag narrows prompts and picks", async ({ dashboard, open }) => {
    const page = await open({ path: `/rounds/${dashboard.seed.roundIds[1]}?tag=eval` });
    await page.getByText(`of ${PROMPTS / 2} prompts`).waitFor();
    await page.getByText("What the model picks").click();
    const picks = page.getByRole("table", { name: "Best of K by label" });
    // Only prompts at even positions are missed in round 2, and those are tagged train.
    expect(await picks.locator("tbody tr").first().textContent()).toContain(`${PROMPTS / 2} of ${PROMPTS / 2}`);
  });

  test("jobs are filtered by state, show error and log, and can be cancelled", async ({ dashboard, open }) => {
    const page = await open({ path: "/jobs?state=FAILED" });
    const failed = page.getByRole("article", { name: "Train reward model, failed" });
    await failed.getByText("damaged").waitFor();
    await failed.getByText("Log", { exact: true }).click();
    await failed.getByText("training set: 32").waitFor();
    await page.getByLabel("State").selectOption("RUNNING");
    const running = page.getByRole("article", { name: "Train reward model, running" });
    await running.getByText(/40%, about .* left/).waitFor();
    const viewer = await open({ path: "/jobs?state=RUNNING", role: Role.VIEWER });
    await viewer.getByRole("article").first().waitFor();
    expect(await viewer.getByRole("button", { name: "Cancel" }).count()).toBe(0);
    const experiment = await open({ path: `/experiments/${dashboard.seed.experimentId}` });
    const model = experiment.getByRole("article", { name: /R, longer/ });
    await model.getByText(/40%, about .* left/).waitFor();
    await running.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("No job is running").waitFor();
    await page.getByLabel("State").selectOption("CANCELLED");
    await page.getByRole("article", { name: "Train reward model, cancelled" }).waitFor();
    await model.getByText(/about .* left/).waitFor({ state: "detached" });
  });

  test("a token is made, shown once, listed and revoked", async ({ dashboard, open }) => {
    const page = await open({ path: "/tokens" });
    await page.getByLabel("Name").fill("  ");
    await page.getByRole("button", { name: "Create token" }).click();
    await page.getByText("name: must not be empty").waitFor();
    await page.getByLabel("Name").fill("a new laptop");
    await page.getByLabel("Role").selectOption("VIEWER");
    await page.getByRole("button", { name: "Create token" }).click();
    const secret = await page.getByRole("status").locator("pre").textContent();
    expect(secret).toMatch(/^ganrm_\w+/);
    const viewer = await fetch(`${dashboard.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
      body: JSON.stringify({ query: "{ viewer { role } }" }),
    }).then((response) => response.json());
    expect(viewer).toEqual({ data: { viewer: { role: "VIEWER" } } });
    await page.reload();
    await page.getByRole("button", { name: /^Revoke a new laptop/ }).click();
    expect(await page.content()).not.toContain(secret);
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.getByText("a new laptop").count()).toBe(0);
    await page.getByRole("switch", { name: "Show revoked and expired" }).check();
    await page.getByText("a new laptop").waitFor();
  });

  test("the colours follow the system until the reader chooses, and the choice stays", async ({ open }) => {
    const page = await open({ path: "/", scheme: "dark" });
    const scheme = () => page.locator("html").getAttribute("data-mantine-color-scheme");
    expect(await scheme()).toBe("dark");
    await page.getByRole("button", { name: "Switch to light colours" }).click();
    expect(await scheme()).toBe("light");
    await page.reload();
    expect(await scheme()).toBe("light");
  });

  test("a page says when it is offline, and when the server can't be reached", async ({ open, expectedComplaints }) => {
    expectedComplaints.push(/ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket/);
    const page = await open({ path: "/" });
    await settled(page);
    await page.context().setOffline(true);
    await page.getByText("You are offline").waitFor();
    await page.getByLabel("Search experiments").fill("flat");
    await page.getByText("The server can't be reached").waitFor();
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("1 of 1").waitFor();
  });
});
