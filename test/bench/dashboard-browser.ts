import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium } from "playwright-core";
import { chromiumPath } from "../e2e/chromium.ts";
import { type Laboratory, laboratoryWithDashboard } from "./laboratory.ts";

/** The dashboard, built from the sources as they are and served, and Chromium with an administrator signed in. */
export async function openDashboard(): Promise<{ lab: Laboratory; context: BrowserContext; close(): Promise<void> }> {
  const executablePath = chromiumPath();
  if (!executablePath) throw new Error("There is no Chromium; set CHROMIUM_PATH.");
  const build = spawnSync(process.execPath, ["--import", "tsx", "tools/build-web.ts"], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (build.status !== 0) throw new Error("The dashboard can't be built.");
  const lab = await laboratoryWithDashboard();
  const [name = "", value = ""] = (await sessionCookie(lab)).split("=");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const context = await browser.newContext({ viewport: { width: 1280, height: 844 } });
  // tsx names functions by a helper of its own, which the page has not.
  await context.addInitScript("globalThis.__name = (named) => named");
  await context.addCookies([{ name, value, url: lab.url, httpOnly: true, sameSite: "Strict" }]);
  return { lab, context, close: () => browser.close() };
}

async function sessionCookie({ url, token }: Laboratory): Promise<string> {
  const response = await fetch(`${url}/auth/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}
