import { writeFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { expect } from "vitest";
import { describeInBrowser, test } from "./browser.ts";
import { exported } from "./exported.ts";

/** A page of many pictures is slow on a busy machine. */
const SLOW_MS = 40_000;

describeInBrowser("export", () => {
  test("a table as CSV with full precision and interval ends, as Markdown, and as LaTeX in the clipboard", async ({
    dashboard,
    open,
  }) => {
    const page = await open({ path: `/experiments/${dashboard.seed.experimentId}` });
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByText("78% (62 to 88)").waitFor();
    const csv = await exported(page, "Rounds", "CSV");
    expect(csv.name).toBe("rounds.csv");
    const [head, first] = csv.bytes.toString().split("\r\n");
    expect(head).toBe(
      'Round,Samples,Reward model,Held-out AUC,"Held-out AUC, low","Held-out AUC, high",Best of K,"Best of K, low","Best of K, high",Mean reward,"Mean reward, low","Mean reward, high",Mean of the best,Pairs',
    );
    expect(first).toMatch(/^"Round 1, Base",144,R,0\.95,0\.83,1,0\.7777777777777778,0\.61/);
    const markdown = await exported(page, "Rounds", "Markdown");
    expect(markdown.bytes.toString()).toContain(
      "| Round 1, Base | 144 | R | 0.950 (0.830 to 1.000) | 78% (62 to 88) |",
    );
    await page.getByRole("button", { name: "Export Rounds" }).click();
    await page.getByRole("menuitem", { name: "Copy LaTeX" }).click();
    await page.getByText("Copied").waitFor();
    const latex = await page.evaluate(() => navigator.clipboard.readText());
    expect(latex).toContain("\\toprule");
    expect(latex).toContain("78\\% (62 to 88)");
  });

  test("the best of an ablation is bold in LaTeX", async ({ dashboard, open }) => {
    const page = await open({ path: `/ablations/${dashboard.seed.ablationId}` });
    const { name, bytes } = await exported(page, "Ablation", "LaTeX");
    expect(name).toBe("ablation.tex");
    expect(bytes.toString()).toMatch(/Bootstrap & \\textbf\{/);
  });

  test(
    "an experiment and a round as one page that needs nothing else, and prints",
    async ({ dashboard, browser, open }) => {
      const { experimentId, roundIds } = dashboard.seed;
      for (const [path, file, content] of [
        [`/experiments/${experimentId}`, "flat-shapes.html", "better by FD(mobilenet-v2-mid), reward(R)"],
        [`/rounds/${roundIds[0]}`, "flat-shapes-round-1.html", "What the round was measured by"],
      ] as const) {
        const page = await open({ path, scheme: "dark" });
        page.setDefaultTimeout(SLOW_MS);
        await page.locator("main img").first().waitFor();
        await page.getByText(content).waitFor();
        const [download] = await Promise.all([
          page.waitForEvent("download"),
          page.getByRole("button", { name: "Save report" }).click(),
        ]);
        expect(download.suggestedFilename()).toBe(file);
        const html = (await buffer(await download.createReadStream())).toString();
        expect(html).not.toMatch(/<script|<link|<button|src="(?!data:)|var\(--|url\(/);
        const offline = await browser.newContext({ offline: true, viewport: { width: 1000, height: 800 } });
        const report = await offline.newPage();
        await report.setContent(html);
        await report.getByText(content).waitFor();
        const pictures = await report
          .locator("img")
          .evaluateAll((all) => all.map((image) => (image as HTMLImageElement).naturalWidth));
        expect(pictures.length).toBeGreaterThan(5);
        expect(pictures.every((width) => width > 0)).toBe(true);
        expect(await report.locator("svg:not(figure svg)").count()).toBe(0);
        const folder = process.env.SCREENSHOTS;
        if (folder) await report.screenshot({ path: `${folder}/report-${file}.png`, fullPage: true });
        await offline.close();
      }
    },
    4 * SLOW_MS,
  );

  test("a chart as SVG that needs no page, in light colours even in the dark, as PNG, and its numbers", async ({
    dashboard,
    open,
  }) => {
    const page = await open({ path: `/reward-models/${dashboard.seed.rewardModelIds[0]}`, scheme: "dark" });
    await page.locator("svg.recharts-surface").waitFor();
    for (const [title, legend] of [
      ["Loss", "held out: "],
      ["Held out", "proxy: n = 8"],
    ] as const) {
      const svg = (await exported(page, title, "SVG")).bytes.toString();
      expect(svg).toContain(legend);
      expect(svg).not.toMatch(/var\(|class=|foreignObject/);
      expect(svg).toContain("rgb(66, 99, 235)");
      const parsed = await page.evaluate(
        (text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror") === null,
        svg,
      );
      expect(parsed).toBe(true);
    }
    expect(await page.locator("html").getAttribute("data-mantine-color-scheme")).toBe("dark");
    const { name, bytes } = await exported(page, "Held out", "PNG");
    expect(name).toBe("held-out.png");
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(bytes.readUInt32BE(16)).toBe(3 * 360);
    const data = (await exported(page, "Held out", "Data, CSV")).bytes.toString().split("\r\n");
    expect(data[0]).toBe("logit from,logit to,proxy,generated");
    expect(data).toHaveLength(42 + 2);
    const folder = process.env.SCREENSHOTS;
    if (folder) await writeFile(`${folder}/exported-held-out.png`, bytes);
  });
});
