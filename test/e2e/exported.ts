import { buffer } from "node:stream/consumers";
import type { Page } from "playwright-core";

/** The file that a menu of exports gives. */
export async function exported(page: Page, what: string, item: string): Promise<{ name: string; bytes: Buffer }> {
  await page
    .getByRole("button", { name: `Export ${what}`, exact: true })
    .first()
    .click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: item, exact: true }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: await buffer(await download.createReadStream()) };
}
