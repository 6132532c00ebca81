import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { settled } from "./browser.ts";

const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** axe looks at every pair of colours: half a second on a quiet machine, many on a busy one. */
export const AXE_MS = 120_000;

/** What axe finds, one line a finding. */
export async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .withTags(STANDARDS)
    .options({ resultTypes: ["violations"] })
    .analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

/** Pixels by which the page is wider than the window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** SCREENSHOTS=FOLDER keeps what the pages look like. */
export async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name.replaceAll(/\W+/g, "-")}.png`, fullPage: true });
}

/** The page as it is must pass, in its scheme on a desk and in dark on a phone. `name` is the screenshots'. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  expect(await violations(page)).toEqual([]);
  await shot(page, `${name}-light-1280`);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator("html[data-mantine-color-scheme=dark]").waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  await settled(page);
  await shot(page, `${name}-dark-390`);
  expect(await overflow(page)).toBe(0);
  expect(await violations(page)).toEqual([]);
}
