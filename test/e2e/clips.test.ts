import type { Page } from "playwright-core";
import { expect } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import { describeInBrowser, settled, test } from "./browser.ts";
import { framesOf, IN_STEP } from "./clips.ts";
import { seedClips } from "./seed-clips.ts";

const LONG_MS = 120_000;
const FIRST = "section[aria-label='Prompt 1']";
const SECOND = "section[aria-label='Prompt 2']";
const DIALOG = "[role=dialog]";

let round: Promise<string> | undefined;

const play = (page: Page, within = "main") => page.locator(within).getByRole("button", { name: "Play the clips" });
const canvases = (page: Page, within: string) => page.locator(`${within} canvas`);

describeInBrowser("clips among the samples", () => {
  test("rest at their first frame for who wants less motion; played, all of the page go in step, and stop together", {
    timeout: LONG_MS,
  }, async ({ dashboard, open }) => {
    round ??= seedClips(dashboard);
    const page = await open({ path: `/rounds/${await round}` });
    await settled(page);
    await play(page).waitFor();
    await page.locator(`${FIRST} img[data-clip]`).first().waitFor();
    expect(await page.locator("canvas").count()).toBe(0);
    await play(page).click();
    await canvases(page, SECOND).nth(1).waitFor();
    await canvases(page, FIRST).nth(1).waitFor();
    expect(await canvases(page, "main").count()).toBe(4);
    const seen = await framesOf(page, "main", 2000);
    // The two prompts' clips are alike in time, so each pair of frames is seen twice.
    expect(seen.filter((frames) => !IN_STEP.map((pair) => `${pair} ${pair}`).includes(frames))).toEqual([]);
    expect(seen.filter((frames) => frames.startsWith("0 0")).length).toBeGreaterThan(1);
    await page.getByRole("button", { name: "Pause the clips" }).click();
    expect(await framesOf(page, "main", 500)).toHaveLength(1);
    await expectAccessible(page, "clips");
  });

  test("scrolled out of sight they hold no frames, and are in step when they come back", { timeout: LONG_MS }, async ({
    dashboard,
    open,
  }) => {
    round ??= seedClips(dashboard);
    const page = await open({ path: `/rounds/${await round}` });
    await play(page).click();
    await canvases(page, FIRST).nth(1).waitFor();
    await page.evaluate(() => {
      document.querySelector<HTMLElement>("main")?.style.setProperty("padding-block-start", "3000px");
    });
    await canvases(page, "main").first().waitFor({ state: "detached" });
    await page.evaluate(() => document.querySelector<HTMLElement>("main")?.style.removeProperty("padding-block-start"));
    await canvases(page, SECOND).nth(1).waitFor();
    await canvases(page, FIRST).nth(1).waitFor();
    const seen = (await framesOf(page, FIRST, 1200)).filter((frames) => /^\d \d$/.test(frames));
    expect(seen.filter((frames) => !IN_STEP.includes(frames))).toEqual([]);
  });

  test("are compared in step: beside each other, by slider, flip and difference", { timeout: LONG_MS }, async ({
    dashboard,
    open,
  }) => {
    round ??= seedClips(dashboard);
    const page = await open({ path: `/rounds/${await round}` });
    await page.locator(`${FIRST} button`).first().click();
    await page.locator(`${DIALOG} figure`).first().waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.locator(`${DIALOG} figure[aria-label='Right: sample k 1']`).waitFor();
    await play(page, DIALOG).click();
    for (const way of ["Side by side", "Slider", "Flip", "Difference"]) {
      await page.getByText(way, { exact: true }).click();
      // Flipped to the other, one of the two is not to be seen.
      await canvases(page, DIALOG).nth(1).waitFor({ state: "attached" });
      // While the panes are exchanged there are fewer than two.
      const seen = (await framesOf(page, DIALOG, 1500)).filter((frames) => /^\d \d$/.test(frames));
      expect([way, seen.filter((frames) => !IN_STEP.includes(frames))]).toEqual([way, []]);
      expect(seen.length).toBeGreaterThan(2);
    }
    await page.locator(DIALOG).getByRole("button", { name: "Pause the clips" }).click();
    expect(await framesOf(page, DIALOG, 500)).toHaveLength(1);
    await expectAccessible(page, "clips, difference");
  });
});
