import type { Page } from "playwright-core";
import { expect } from "vitest";
import { describeInBrowser, settled, test } from "./browser.ts";

const LONG_MS = 60_000;
const field = (page: Page) => page.getByRole("combobox", { name: "Search everything" });
const found = (page: Page) => page.getByRole("listbox", { name: "Found" });
const chosen = (page: Page) => found(page).getByRole("option", { selected: true });

describeInBrowser("search over everything", () => {
  test("Ctrl-K from anywhere, words, arrows, Enter: it leads to what was found", { timeout: LONG_MS }, async ({
    dashboard,
    open,
  }) => {
    const { experimentId, roundIds, studyId } = dashboard.seed;
    const page = await open({ path: "/jobs" });
    await settled(page);
    await page.keyboard.press("Control+k");
    await field(page).fill("flat");
    await found(page)
      .getByRole("option", { name: /^Flat shapes/ })
      .waitFor();
    expect(await chosen(page).textContent()).toMatch(/^Flat shapes/);
    expect(await field(page).getAttribute("aria-activedescendant")).toBe(await chosen(page).getAttribute("id"));
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/experiments/${experimentId}`);
    await page.keyboard.press("Control+k");
    await field(page).fill("flat round");
    await found(page)
      .getByRole("option", { name: /^Round 1/ })
      .waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/rounds/${roundIds[0]}`);
    await page.keyboard.press("Control+k");
    await field(page).fill("number 7 rainy");
    await page.getByRole("group", { name: "Prompts" }).getByRole("option").first().click();
    await page.waitForURL(/\/rounds\/.*\?search=/);
    await page.keyboard.press("Control+k");
    await field(page).fill(studyId);
    await page.getByRole("group", { name: "User studies" }).getByRole("option").waitFor();
    await field(page).fill("no such thing");
    await page.getByText("Nothing has “no such thing”").waitFor();
    await page.keyboard.press("Escape");
    await field(page).waitFor({ state: "detached" });
  });

  test("by the button, on a phone: a failed job is found and shown by itself", { timeout: LONG_MS }, async ({
    open,
  }) => {
    const page = await open({ path: "/", width: 390 });
    await page.getByRole("button", { name: "Search" }).click();
    await field(page).fill("train failed");
    await page
      .getByRole("option", { name: /^Train reward model/ })
      .first()
      .click();
    await page.getByRole("heading", { name: "A job" }).waitFor();
    await page.getByRole("article", { name: "Train reward model, failed" }).waitFor();
    expect(await page.getByRole("article").count()).toBe(1);
  });
});
