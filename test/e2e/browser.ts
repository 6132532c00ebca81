import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { beforeAll, describe, expect, inject, test as plain } from "vitest";
import { Role } from "../../shared/enums.ts";
import { chromiumPath } from "./chromium.ts";
import type { Dashboard } from "./dashboard-setup.ts";

/** A build of the dashboard may be part of the start. */
const START_MS = 180_000;

/** What a step of a test waits for its element; less than a test's time, so that the step is named when it fails. */
export const STEP_MS = process.env.CI ? 24_000 : 12_000;

/** The shared dashboard, started by whoever asks first. */
async function startDashboard(): Promise<Dashboard> {
  const response = await fetch(inject("dashboardBroker"));
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Dashboard;
}

/** `describe` for tests that need a browser; without one they are skipped, and their title says why. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (chromiumPath())
    describe(name, () => {
      beforeAll(startDashboard, START_MS);
      tests();
    });
  else describe.skip(`${name} (skipped: no Chromium found; install one or set CHROMIUM_PATH)`, tests);
}

interface Visit {
  /** Path on the dashboard, or a whole URL. */
  path?: string;
  scheme?: "light" | "dark";
  /** Pixels; 390 is a phone, with touch. */
  width?: number;
  /** Who is signed in; null for nobody. */
  role?: Role | null;
}

const PHONE = 500;
const sessions = new Map<Role, Promise<string>>();

/** The cookie of one session a role and file: sign-ins are limited to some a minute. */
function sessionOf(dashboard: Dashboard, role: Role): Promise<string> {
  const known = sessions.get(role);
  if (known) return known;
  const opened = fetch(`${dashboard.url}/auth/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: dashboard.tokens[role] }),
  }).then((response) => response.headers.getSetCookie()[0]?.split(";")[0] ?? "");
  sessions.set(role, opened);
  return opened;
}

async function newContext(browser: Browser, dashboard: Dashboard, visit: Visit): Promise<BrowserContext> {
  const { scheme = "light", width = 1280, role = Role.ADMIN } = visit;
  const context = await browser.newContext({
    baseURL: dashboard.url,
    colorScheme: scheme,
    viewport: { width, height: 844 },
    hasTouch: width < PHONE,
    reducedMotion: "reduce",
  });
  if (role) {
    const [name = "", value = ""] = (await sessionOf(dashboard, role)).split("=");
    await context.addCookies([{ name, value, url: dashboard.url, httpOnly: true, sameSite: "Strict" }]);
  }
  return context;
}

/** What a browser complains about: errors on the console (violations of the content security policy among them). */
function watch(page: Page, complaints: string[]): void {
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${page.url()}: ${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
}

interface Fixtures {
  dashboard: Dashboard;
  browser: Browser;
  /** Errors that the test expects on the console; all others fail it. */
  expectedComplaints: RegExp[];
  /** Opens a page in a browser context of its own, and goes to `path`. */
  open(visit?: Visit): Promise<Page>;
}

/**
 * `test` with the shared dashboard and Chromium. Each page has its own browser context; a test fails when the console of
 * one of its pages shows an error that `expectedComplaints` does not name.
 */
export const test = plain.extend<Fixtures>({
  dashboard: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads a fixture's needs from its first parameter
    async ({}, use) => use(await startDashboard()),
    { scope: "file" },
  ],
  browser: [
    async ({ dashboard }, use) => {
      const browser = await chromium.connect(dashboard.browser);
      await use(browser);
      await browser.close();
    },
    { scope: "file" },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: as above
  expectedComplaints: async ({}, use) => use([]),
  open: async ({ browser, dashboard, expectedComplaints }, use) => {
    const contexts: BrowserContext[] = [];
    const complaints: string[] = [];
    await use(async (visit = {}) => {
      const context = await newContext(browser, dashboard, visit);
      contexts.push(context);
      context.setDefaultTimeout(STEP_MS);
      const page = await context.newPage();
      watch(page, complaints);
      if (visit.path) await page.goto(visit.path);
      return page;
    });
    await Promise.all(contexts.map((context) => context.close()));
    const unexpected = complaints.filter((text) => !expectedComplaints.some((pattern) => pattern.test(text)));
    expect(unexpected, "errors on the browser's console").toEqual([]);
  },
});

/** Waits until the page shows what it has: no request under way, no skeleton or spinner left. */
export async function settled(page: Page): Promise<void> {
  await page.locator("main h1").first().waitFor();
  await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
}
