import type { Page } from "playwright-core";
import sharp from "sharp";
import { expect } from "vitest";
import { Role } from "../../shared/enums.ts";
import { AXE_MS, expectAccessible } from "./accessibility.ts";
import { describeInBrowser, STEP_MS, settled, test } from "./browser.ts";
import { K, PROMPTS } from "./seed.ts";
import { encodeProxiesAlong } from "./seed-features.ts";
import { LONG_K, LONG_PROMPTS, type LongRound, SCORED, seedLongRound } from "./seed-long-round.ts";

const addressOf = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);
const rewardsOf = async (page: Page) =>
  (await page.locator("[data-row]").allTextContents()).map((text) => Number(/\d\.\d{3}/.exec(text)?.[0]));

/** SCREENSHOTS=FOLDER keeps what the pages look like. */
async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

let long: Promise<LongRound> | undefined;

describeInBrowser("samples", () => {
  test("say which proxy images they are nearest to, once they are encoded", { timeout: AXE_MS }, async ({
    dashboard,
    open,
  }) => {
    const { roundIds } = dashboard.seed;
    const page = await open({ path: `/rounds/${roundIds[0]}?search=number+9` });
    await page.getByRole("region", { name: "Prompt 9" }).getByRole("button").first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Nearest proxy images, right" }).click();
    const list = dialog.getByRole("list", { name: "Proxy images nearest to the right" });
    // A second try finds it encoded.
    await dialog.getByText("This sample was not encoded yet").or(list).waitFor();
    const { tokens, url } = dashboard;
    const nearest = await encodeProxiesAlong({ url, token: tokens[Role.WORKER] }, roundIds[0] ?? "", 8);
    await page.reload();
    await dialog.getByRole("button", { name: "Nearest proxy images, right" }).click();
    await list.getByRole("listitem").first().waitFor();
    const names = await list.getByRole("img").evaluateAll((all) => all.map((image) => image.getAttribute("alt")));
    expect(names).toEqual(nearest.slice(0, 8));
    await dialog.getByText("All 40 proxy images were looked at.").waitFor();
    await expectAccessible(page, "samples-nearest");
    expect((await list.boundingBox())?.width).toBeLessThan(390);
  });

  test("are filtered by what they are to the reward model; the others of their prompts are faint", async ({
    dashboard,
    open,
  }) => {
    const page = await open({ path: `/rounds/${dashboard.seed.roundIds[0]}?tag=eval` });
    await page.getByText(`of ${PROMPTS / 2} prompts`).waitFor();
    await page.getByLabel("Which samples").selectOption("chosen");
    await settled(page);
    const tiles = page.getByRole("region", { name: "Prompt 2", exact: true }).getByRole("button");
    await tiles.first().waitFor();
    expect(await tiles.evaluateAll((all) => all.map((tile) => "faint" in (tile as HTMLElement).dataset))).toEqual([
      false,
      ...Array(K - 1).fill(true),
    ]);
    await shot(page, "samples-chosen-light-1280");
    await page.getByLabel("Reward from").fill("0.99999");
    await page.getByText("No prompt matches").waitFor();
    expect(addressOf(page)).toEqual({ tag: "eval", which: "chosen", min: "0.99999" });
    await page.reload();
    await page.getByText("No prompt matches").waitFor();
  });

  test("stand alone, the best or the worst first, and open the comparison of their prompt", async ({
    dashboard,
    open,
  }) => {
    const page = await open({ path: `/rounds/${dashboard.seed.roundIds[0]}` });
    await settled(page);
    await page.getByLabel("Order").selectOption("REWARD_ASCENDING");
    await page.getByText(`of ${PROMPTS * K} samples`).waitFor();
    await page.locator("[data-row='0']").waitFor();
    const rewards = await rewardsOf(page);
    expect(rewards.length).toBeGreaterThan(10);
    expect(rewards).toEqual(rewards.toSorted((a, b) => a - b));
    await shot(page, "samples-alone-light-1280");
    const second = page.locator("[data-row='1']");
    const name = (await second.getAttribute("aria-label")) ?? "";
    await second.click();
    await page
      .getByRole("dialog")
      .getByRole("figure", { name: `Left: sample k ${/k (\d)/.exec(name)?.[1]}` })
      .waitFor();
    expect(addressOf(page)).toMatchObject({ order: "REWARD_ASCENDING", at: "2", left: /k (\d)/.exec(name)?.[1] });
    await page.keyboard.press("j");
    await page.waitForURL(/at=3/);
  });

  test("of two rounds are compared by the same prompt and k: slider, flip, difference; a link shows the same", async ({
    dashboard,
    open,
  }) => {
    const page = await open({ path: `/rounds/${dashboard.seed.roundIds[0]}` });
    await page.getByRole("region", { name: "Prompt 3", exact: true }).getByRole("button").first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("figure", { name: /^Right/ }).waitFor();
    const k = /k (\d)/.exec((await dialog.getByRole("figure").first().getAttribute("aria-label")) ?? "")?.[1];
    await page.keyboard.press("r");
    await dialog.getByRole("figure", { name: `Left: sample k ${k} of round 1` }).waitFor();
    await dialog.getByRole("figure", { name: `Right: sample k ${k} of round 2` }).waitFor();
    await page.keyboard.press("v");
    await dialog.getByRole("slider", { name: "Share of the left sample, percent" }).focus();
    for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowLeft");
    await page.waitForURL(/wipe=40/);
    const other = await open({ path: page.url() });
    await other.getByRole("slider", { name: "Share of the left sample, percent" }).waitFor();
    expect(await other.getByRole("slider").inputValue()).toBe("40");
    await page.keyboard.press("f");
    await dialog.getByText(`Shown: Right: sample k ${k} of round 2`).waitFor();
    await page.keyboard.press("f");
    await dialog.getByText(`Shown: Left: sample k ${k} of round 1`).waitFor();
    await page.keyboard.press("v");
    const brightest = async () => {
      const { channels } = await sharp(await dialog.locator("[data-difference]").screenshot()).stats();
      return Math.max(...channels.slice(0, 3).map(({ max }) => max));
    };
    await expect.poll(brightest, { timeout: STEP_MS }).toBeGreaterThan(100);
    await page.keyboard.press("j");
    await page
      .getByRole("dialog", { name: /^4\./ })
      .getByRole("figure", { name: /of round 2$/ })
      .waitFor();
    expect(addressOf(page)).toMatchObject({ show: "difference", rightRound: dashboard.seed.roundIds[1] });
  });

  test("100,000 of them are gone through from end to end, by the bar, by keys and by address", {
    timeout: 120_000,
  }, async ({ dashboard, open }) => {
    long ??= seedLongRound(dashboard);
    const { roundId } = await long;
    const page = await open({ path: `/rounds/${roundId}` });
    await page.getByText("of 20,000 prompts").waitFor();
    const list = page.getByRole("region", { name: "Samples", exact: true });
    const jump = (share: number) =>
      list.evaluate((view, to) => {
        view.scrollTop = to * (view.scrollHeight - view.clientHeight);
      }, share);
    const inView = async (prompt: number) =>
      page.getByRole("region", { name: `Prompt ${prompt}`, exact: true }).waitFor();
    await jump(1);
    await inView(LONG_PROMPTS);
    await page.waitForURL(/at=199/);
    await jump(0.5);
    await inView(LONG_PROMPTS / 2);
    await page.waitForURL(/at=\d+/);
    const count = await page.locator("[data-row]").count();
    expect(count).toBeLessThan(400);
    const address = page.url();
    const other = await open({ path: address });
    const place = new URL(address).searchParams.get("at");
    await other.getByText(new RegExp(`^${Number(place).toLocaleString("en-GB")} to `)).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("End");
    await inView(LONG_PROMPTS);
    await page.waitForFunction(
      (last) => document.activeElement?.getAttribute("data-row") === String(last - 1),
      LONG_PROMPTS,
    );
    await page.keyboard.press("Home");
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-row") === "0");
    await page.keyboard.press("/");
    await page.keyboard.type("number 19999");
    await page.getByText("1 to 1 of 1 prompts").waitFor();
    await inView(19_999);
    expect(await page.getByRole("region", { name: "Prompt 19999" }).getByRole("button").count()).toBe(LONG_K);
  });

  test("about which two models disagree come first, with both rewards", { timeout: 120_000 }, async ({
    dashboard,
    open,
  }) => {
    long ??= seedLongRound(dashboard);
    const { roundId, modelIds } = await long;
    const page = await open({ path: `/rounds/${roundId}?model=${modelIds[0]}` });
    await settled(page);
    await page.getByLabel("Order").selectOption("DISAGREEMENT");
    await page.getByText(`of ${SCORED.toLocaleString("en-GB")} samples`).waitFor();
    await page.getByText(">0.999 vs 0.250").waitFor();
    await shot(page, "samples-disagreement-light-1280");
    expect(addressOf(page)).toEqual({ model: modelIds[0], order: "DISAGREEMENT", against: modelIds[1] });
  });
});
