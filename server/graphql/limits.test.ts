import "reflect-metadata";
import { parse } from "graphql";
import { expect, it } from "vitest";
import { LIMITS, overLimits } from "./limits.ts";

const refusal = (query: string, variables: Record<string, unknown> = {}) =>
  overLimits(parse(query), null, variables)?.message ?? null;
/** Lists within each other, every one with these arguments. */
const nested = (levels: number, args: string): string =>
  levels === 0 ? "id" : `list${args} { nodes { ${nested(levels - 1, args)} } }`;

it("a list without a page size costs the page that it gives by itself", () => {
  expect(refusal(`{ ${nested(3, "")} }`)).toBeNull();
  expect(refusal(`{ ${nested(4, "")} }`)).toMatch(/smaller pages/);
  expect(refusal(`query ($n: Int) { ${nested(4, "(first: $n)")} }`)).toMatch(/smaller pages/);
  expect(refusal(`{ ${nested(4, "(first: null)")} }`)).toMatch(/smaller pages/);
});

it("a page size costs the same as literal, variable and in a fragment", () => {
  expect(refusal(`{ ${nested(2, "(first: 100)")} }`)).toBeNull();
  expect(refusal(`{ ${nested(2, "(first: 1000)")} }`)).toMatch(/smaller pages/);
  expect(refusal(`query ($n: Int) { ${nested(2, "(last: $n)")} }`, { n: 1000 })).toMatch(/smaller pages/);
  const fragments = `{ list(first: 1000) { ...f } } fragment f on L { nodes { list(first: 1000) { ...g } } } fragment g on L { nodes { id } }`;
  expect(refusal(fragments)).toMatch(/smaller pages/);
});

it("fragments that double at every level are refused, and counting them takes no time", () => {
  const levels = 60;
  const fragments = Array.from({ length: levels }, (_, i) => `fragment f${i} on T { ...f${i + 1} ...f${i + 1} }`);
  expect(refusal(`{ ...f0 } ${fragments.join(" ")} fragment f${levels} on T { id }`)).toMatch(/smaller pages/);
});

it("depth and aliases have their own limits", () => {
  const deep = (levels: number) => `${"{ a ".repeat(levels)}${"}".repeat(levels)}`;
  expect(refusal(deep(LIMITS.depth))).toBeNull();
  expect(refusal(deep(LIMITS.depth + 1))).toMatch(/levels deep/);
  const aliases = (count: number) => `{ ${Array.from({ length: count }, (_, i) => `a${i}: b`).join(" ")} }`;
  expect(refusal(aliases(LIMITS.aliases))).toBeNull();
  expect(refusal(aliases(LIMITS.aliases + 1))).toMatch(/aliases/);
});
