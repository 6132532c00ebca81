import type { Page } from "playwright-core";
import { expect } from "vitest";
import { Role } from "../../shared/enums.ts";
import { AXE_MS, expectAccessible } from "./accessibility.ts";
import { describeInBrowser, settled, test } from "./browser.ts";
import type { Seed } from "./seed.ts";

const UNKNOWN = "00000000-0000-7000-8000-000000000000";

interface PageCase {
  name: string;
  path(seed: Seed): string;
  /** Null: nobody is signed in. */
  role?: Role | null;
  /** Opens what the address alone does not show. */
  prepare?(page: Page): Promise<void>;
  /** What the browser rightly complains about. */
  complains?: RegExp;
}

const PAGES: PageCase[] = [
  { name: "experiments", path: () => "/" },
  { name: "experiments, none found", path: () => "/?search=no+such+thing" },
  { name: "experiment", path: (seed) => `/experiments/${seed.experimentId}` },
  { name: "no such experiment", path: () => `/experiments/${UNKNOWN}` },
  { name: "round", path: (seed) => `/rounds/${seed.roundIds[0]}` },
  { name: "samples alone", path: (seed) => `/rounds/${seed.roundIds[0]}?order=REWARD&which=chosen` },
  {
    name: "comparison",
    path: (seed) => `/rounds/${seed.roundIds[0]}?search=number+7`,
    prepare: (page) => page.getByRole("region", { name: "Prompt 7" }).getByRole("button").first().click(),
  },
  ...["slider", "flip", "difference"].map((show) => ({
    name: `comparison of rounds, ${show}`,
    path: (seed: Seed) => `/rounds/${seed.roundIds[0]}?search=number+7`,
    prepare: async (page: Page) => {
      await page.getByRole("region", { name: "Prompt 7" }).getByRole("button").first().click();
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("r");
      await page.getByText("Round 2", { exact: true }).first().waitFor();
      await page.getByText({ slider: "Slider", flip: "Flip", difference: "Difference" }[show] ?? "").click();
      await page.waitForURL(/show=/);
    },
  })),
  {
    name: "keyboard help",
    path: (seed) => `/rounds/${seed.roundIds[0]}?search=number+7`,
    prepare: (page) => page.keyboard.press("?"),
  },
  { name: "reward model", path: (seed) => `/reward-models/${seed.rewardModelIds[1]}` },
  { name: "reward model with ranks", path: (seed) => `/reward-models/${seed.rewardModelIds[0]}` },
  { name: "no such reward model", path: () => `/reward-models/${UNKNOWN}` },
  {
    name: "search",
    path: () => "/jobs",
    prepare: async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Search everything" }).fill("r");
      await page.getByRole("listbox").getByRole("option").first().waitFor();
    },
  },
  { name: "ablation", path: (seed) => `/ablations/${seed.ablationId}` },
  { name: "no such ablation", path: () => `/ablations/${UNKNOWN}` },
  { name: "compare, nothing chosen", path: () => "/compare" },
  {
    name: "compare",
    path: ({ roundIds, strangeExperimentId, rewardModelIds }) =>
      `/compare?subjects=round.${roundIds[0]}_round.${roundIds[1]}_experiment.${strangeExperimentId}_model.${rewardModelIds[0]}&paper=table1_image_quality`,
  },
  {
    name: "compare, one is not there",
    path: ({ roundIds }) => `/compare?subjects=round.${UNKNOWN}_round.${roundIds[0]}`,
  },
  { name: "studies", path: () => "/studies" },
  { name: "new study", path: () => "/studies/new" },
  { name: "study", path: (seed) => `/studies/${seed.studyId}` },
  {
    name: "study, about to be opened",
    path: (seed) => `/studies/${seed.draftStudyId}`,
    prepare: (page) => page.getByRole("button", { name: "Open the study" }).click(),
  },
  {
    name: "study, its votes to be used",
    path: (seed) => `/studies/${seed.studyId}`,
    prepare: (page) => page.getByRole("button", { name: "Use the votes" }).click(),
  },
  { name: "draft of a study", path: (seed) => `/studies/${seed.draftStudyId}/edit` },
  { name: "no such study", path: () => `/studies/${UNKNOWN}` },
  { name: "jobs", path: () => "/jobs" },
  { name: "tokens", path: () => "/tokens" },
  { name: "tokens, for a viewer", path: () => "/tokens", role: Role.VIEWER },
  { name: "attribution", path: () => "/attribution" },
  { name: "sign-in", path: () => "/sign-in", role: null },
  { name: "share link that is none", path: () => `/share/${UNKNOWN}`, role: null, complains: /401/ },
  { name: "signed out", path: () => "/jobs", role: null, complains: /401/ },
  { name: "no such page", path: () => "/nowhere", complains: /404/ },
];

describeInBrowser("every page", () => {
  test.for(PAGES)(
    "$name: WCAG 2.2 AA, in light on a desk and in dark on a phone; no sideways scrolling",
    { timeout: AXE_MS },
    async ({ name, path, role, prepare, complains }, { dashboard, open, expectedComplaints }) => {
      if (complains) expectedComplaints.push(complains);
      const page = await open({ path: path(dashboard.seed), role });
      await settled(page);
      if (prepare) {
        await prepare(page);
        await page.getByRole("dialog").waitFor();
      }
      await expectAccessible(page, name);
    },
  );

  test("scripts run only with the nonce of their own answer", async ({ dashboard, open, expectedComplaints }) => {
    expectedComplaints.push(/inline event handler violates/);
    const [first, second] = await Promise.all([fetch(`${dashboard.url}/`), fetch(`${dashboard.url}/`)]);
    const policies = [first, second].map((response) => response.headers.get("content-security-policy") ?? "");
    const nonces = policies.map((policy) => /script-src 'nonce-([^']+)'/.exec(policy)?.[1]);
    expect(nonces[0]).toBeTruthy();
    expect(nonces[0]).not.toBe(nonces[1]);
    expect(policies[0]).not.toMatch(/script-src[^;]*unsafe|https?:|\*/);
    const html = await first.text();
    const scripts = [...html.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
    expect(scripts.length).toBeGreaterThan(3);
    expect(scripts.filter((tag) => !tag.includes(`nonce="${nonces[0]}"`))).toEqual([]);
    const page = await open({ path: "/" });
    const ran = await page.evaluate(() => {
      const script = document.createElement("div");
      script.innerHTML = '<img src="data:," onerror="window.injected = true">';
      document.body.append(script);
      return new Promise((resolve) => setTimeout(() => resolve("injected" in window), 200));
    });
    expect(ran).toBe(false);
  });
});
