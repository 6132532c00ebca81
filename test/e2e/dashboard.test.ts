import { expect } from "vitest";
import { describeInBrowser, settled, test } from "./browser.ts";

describeInBrowser("dashboard", () => {
  test("the link that the server prints signs in and leaves no token in the history", async ({ dashboard, open }) => {
    const page = await open({ role: null });
    await page.goto(`/sign-in#token=${dashboard.tokens.VIEWER}`);
    await page.waitForURL((url) => url.pathname === "/");
    await settled(page);
    expect(await page.locator("h1").textContent()).toBe("Experiments");
    await page.goBack().catch(() => null);
    expect(page.url()).not.toContain(dashboard.tokens.VIEWER);
  });
});
