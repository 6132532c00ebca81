import { writeFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { expectToCompile, hasLatex } from "../support/latex.ts";
import { describeInBrowser, settled, test } from "./browser.ts";
import { exported } from "./exported.ts";

const LONG_MS = 60_000;
const metrics = (page: Page) => page.getByRole("table", { name: "Comparison" });
const compared = (page: Page) => page.getByRole("list", { name: "Compared" }).getByRole("listitem");

describeInBrowser("compare", () => {
  test("marked in their list, experiments stand side by side; others are added by their words", {
    timeout: LONG_MS,
  }, async ({ dashboard, open }) => {
    const { experimentId, strangeExperimentId } = dashboard.seed;
    const page = await open({ path: "/?search=flat+shapes" });
    await page.getByRole("checkbox", { name: "Compare Flat shapes", exact: true }).check();
    await page.getByRole("searchbox", { name: "Search experiments" }).fill("Draft 30");
    await page.getByRole("checkbox", { name: "Compare Draft 30" }).check();
    await page.getByRole("link", { name: "Compare 2 experiments" }).click();
    await page.waitForURL(`**/compare?subjects=experiment.${experimentId}_experiment.${strangeExperimentId}`);
    await metrics(page).waitFor();
    expect(await compared(page).count()).toBe(2);
    await page.getByRole("searchbox", { name: "Add by name or id" }).fill("flat round 1");
    await page.getByRole("button", { name: /^\+ Round 1, Flat shapes$/ }).click();
    await metrics(page)
      .getByRole("row", { name: /^Round 1/ })
      .waitFor();
    await page.getByRole("button", { name: "Take out Draft 30" }).click();
    await metrics(page)
      .getByRole("row", { name: /^Draft 30/ })
      .waitFor({ state: "detached" });
    await page.goBack();
    await metrics(page)
      .getByRole("row", { name: /^Draft 30/ })
      .waitFor();
  });

  test("which is best, by how much, and what can't be compared; the address says it all", { timeout: LONG_MS }, async ({
    dashboard,
    open,
  }) => {
    const { roundIds, strangeExperimentId } = dashboard.seed;
    const address = `/compare?subjects=round.${roundIds[0]}_round.${roundIds[1]}_experiment.${strangeExperimentId}`;
    const page = await open({ path: address });
    const second = metrics(page).getByRole("row", { name: /^Round 2/ });
    await second.waitFor();
    const [fd, kid] = await Promise.all(
      [/^19\.60/, /^0\.0470/].map((value) => second.getByRole("cell", { name: value }).textContent()),
    );
    expect(fd).toMatch(/^19\.60 \(18\.80 to 20\.40\)n = 144of which about 3\.1 is small-sample bias−4\.5 .*, better$/);
    expect(kid).toMatch(/no evidence$/);
    const strange = metrics(page).getByRole("row", { name: /^Draft 30/ });
    expect(await strange.getByRole("cell", { name: /^12\.50/ }).textContent()).toContain("not comparable: other");
    await page.getByText(/^Why .* can't be compared$/).click();
    await page
      .getByText(/model file abababab… instead of none/)
      .first()
      .waitFor();
    await page.getByText("Not on this axis, because not comparable: Draft 30.").first().waitFor();
    const settings = page.getByRole("table", { name: "Settings that differ" });
    await settings.getByRole("row", { name: /^policy Base Base \+ DPO 1/ }).waitFor();
    await page.getByRole("combobox", { name: "Compare with" }).selectOption({ label: "Round 2" });
    await page.waitForURL(`**${address}&with=${roundIds[1]}`);
    await metrics(page)
      .getByRole("row", { name: /^Round 2.*the others are compared with it/ })
      .waitFor();
    await page.reload();
    await metrics(page)
      .getByRole("row", { name: /^Round 2.*the others are compared with it/ })
      .waitFor();
  });

  test("the paper's numbers stand beside, said to be the paper's, and go into the files as such", {
    timeout: LONG_MS,
  }, async ({ dashboard, open }) => {
    const { strangeExperimentId } = dashboard.seed;
    const page = await open({ path: `/compare?subjects=experiment.${strangeExperimentId}` });
    await page.getByText("Beside it, numbers reported by the paper").click();
    await page.getByRole("checkbox", { name: "Table 1, image quality" }).click();
    const row = metrics(page).getByRole("row", { name: /^SD1\.5 \/ Ours-DPO reported by the paper, Table 1/ });
    await row.waitFor();
    await row.getByRole("cell", { name: /^0\.71 ?reported$/ }).waitFor();
    await page
      .getByRole("img", { name: /CLIPScore .*SD1\.5 \/ Ours-DPO \(paper\) 0\.71, reported by the paper/ })
      .waitFor();
    const text = (await exported(page, "Comparison", "CSV")).bytes.toString();
    expect(text).toMatch(/^Compared,.*CLIPScore ↑,.*FID \(reported by the paper\),.*remarks\r\n/);
    expect(text).toMatch(/SD1\.5 \/ Ours-DPO, ?"?.*reported by the paper\r\n/);
    expect(text).toContain("measured here");
  });

  test("goes along as CSV, Markdown and LaTeX that compiles; its charts as SVG, PNG and numbers", {
    timeout: LONG_MS,
  }, async ({ dashboard, open }) => {
    const { roundIds, strangeExperimentId } = dashboard.seed;
    const subjects = `round.${roundIds[0]}_round.${roundIds[1]}_experiment.${strangeExperimentId}`;
    const page = await open({
      path: `/compare?subjects=${subjects}&with=${roundIds[0]}&paper=table1_image_quality`,
      scheme: "dark",
    });
    await metrics(page)
      .getByRole("row", { name: /^Round 2/ })
      .waitFor();
    const csv = await exported(page, "Comparison", "CSV");
    expect(csv.name).toBe("comparison.csv");
    const [head = "", first = ""] = csv.bytes.toString().split("\r\n");
    expect(head).toMatch(/,FD\(mobilenet-v2-mid\) ↓,"FD\(mobilenet-v2-mid\) ↓, low","FD\(mobilenet-v2-mid\) ↓, high",/);
    expect(first).toMatch(/^"Round 1, Flat shapes",.*,measured here/);
    expect(csv.bytes.toString()).toMatch(/\r\n"?Draft 30, experiment"?,.*not comparable by FD\(mobilenet-v2-mid\)/);
    const markdown = (await exported(page, "Comparison", "Markdown")).bytes.toString();
    expect(markdown).toMatch(/\| Round 2, Flat shapes \|.*\*\*19\.60 \(18\.80 to 20\.40\)\*\*/);
    const lines = markdown.split("\n").filter((line) => line.startsWith("|"));
    expect(new Set(lines.map((line) => line.split(/(?<!\\)\|/).length)).size).toBe(1);
    const latex = (await exported(page, "Comparison", "LaTeX")).bytes.toString();
    expect(latex).toContain("\\toprule");
    expect(latex).toContain("\\textbf{19.60 (18.80 to 20.40)}");
    const settings = (await exported(page, "Settings that differ", "LaTeX")).bytes.toString();
    expect(settings).toContain("policy & Base & Base + DPO 1");
    if (hasLatex()) for (const table of [latex, settings]) expectToCompile(table);
    const chart = "CLIPScore ↑";
    const svg = (await exported(page, chart, "SVG")).bytes.toString();
    expect(svg).toContain("Draft 30");
    expect(svg).toContain("SD1.5 / Ours-DPO (paper)");
    expect(svg).not.toMatch(/var\(|class=|foreignObject/);
    const isSvg = await page.evaluate(
      (text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror") === null,
      svg,
    );
    expect(isSvg).toBe(true);
    const png = await exported(page, chart, "PNG");
    expect(png.name).toBe("clipscore.png");
    expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
    const numbers = (await exported(page, chart, "Data, CSV")).bytes.toString().split("\r\n");
    expect(numbers[0]).toBe('Compared,CLIPScore ↑,"CLIPScore ↑, low","CLIPScore ↑, high"');
    expect(numbers[1]).toBe("Draft 30,0.712,0.704,0.72");
    expect(numbers).toContain("SD1.5 / Ours-DPO (paper),0.71,,");
    const folder = process.env.SCREENSHOTS;
    if (folder) {
      await writeFile(`${folder}/exported-compare.png`, png.bytes);
      await writeFile(`${folder}/exported-compare.svg`, svg);
      await writeFile(`${folder}/exported-compare.tex`, latex);
      await writeFile(`${folder}/exported-compare.csv`, csv.bytes);
    }
  });

  test("from a round and a reward model; on a phone the rows are cards", { timeout: LONG_MS }, async ({
    dashboard,
    open,
  }) => {
    const { roundIds, rewardModelIds } = dashboard.seed;
    const page = await open({ path: `/rounds/${roundIds[1]}`, width: 390 });
    await page.getByRole("main").getByRole("link", { name: "Compare", exact: true }).click();
    await page.waitForURL(`**/compare?subjects=round.${roundIds[0]}_round.${roundIds[1]}`);
    await metrics(page)
      .getByRole("row", { name: /^Round 1/ })
      .waitFor();
    await page.goto(`/reward-models/${rewardModelIds[0]}`);
    await page.getByRole("main").getByRole("link", { name: "Compare", exact: true }).click();
    await metrics(page).getByRole("row", { name: /^R/ }).first().waitFor();
    await settled(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(
      0,
    );
  });
});
