import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { ATTRIBUTIONS } from "../../shared/attribution.ts";
import { STYLES } from "./emoji.ts";

const page = readFileSync(new URL("./ATTRIBUTION.md", import.meta.url), "utf8");
const json = (name: string) => JSON.parse(readFileSync(createRequire(import.meta.url).resolve(name), "utf8"));

test("every icon set is attributed with the licence and the author that it states itself", () => {
  for (const style of STYLES) {
    const info = json(`@iconify-json/${style}/info.json`);
    const entry = ATTRIBUTIONS.find((attribution) => attribution.package === `@iconify-json/${style}`);
    expect([entry?.name, entry?.author, entry?.licence]).toEqual([info.name, info.author.name, info.license.spdx]);
  }
});

test("the page names every package and its licence in one row", () => {
  for (const { package: name, licence } of ATTRIBUTIONS) {
    const row = page.split("\n").find((line) => line.includes(`\`${name}\``));
    expect(row, name).toContain(licence);
  }
});

test("the page names the versions that are installed", () => {
  const { dependencies } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  for (const { package: name } of ATTRIBUTIONS.filter((attribution) => attribution.package in dependencies)) {
    const row = page.split("\n").find((line) => line.includes(`\`${name}\``));
    expect(row, name).toContain(`| ${dependencies[name]} |`);
  }
});
