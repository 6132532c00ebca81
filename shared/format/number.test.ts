import { expect, test } from "vitest";
import {
  ago,
  biasText,
  bytes,
  change,
  decimal,
  decimalWithInterval,
  duration,
  estimate,
  percentWithInterval,
  reward,
  signed,
  significant,
} from "./number.ts";

test("a missing value is a dash, never a zero", () => {
  expect(decimal(null)).toBe("–");
  expect(decimal(0)).toBe("0.000");
  expect(reward(undefined)).toBe("–");
  expect(significant(null)).toBe("–");
});

test("an interval stands in the unit of its value, and says how many digits are worth showing", () => {
  expect(percentWithInterval(0.931, 0.892, 0.957)).toBe("93.1% (89.2 to 95.7)");
  expect(percentWithInterval(0.5, 0.2, 0.8)).toBe("50% (20 to 80)");
  expect(decimalWithInterval(0.48213, 0.431, 0.533)).toBe("0.482 (0.431 to 0.533)");
  expect(decimalWithInterval(0.4821, 0.2, 0.8)).toBe("0.48 (0.20 to 0.80)");
  expect(decimalWithInterval(1, 1, 1)).toBe("1.0000 (1.0000 to 1.0000)");
});

test("a reward next to an end is not rounded to it", () => {
  expect([0.0004, 0.0005, 0.5, 0.9994, 0.9996].map(reward)).toEqual(["<0.001", "0.001", "0.500", "0.999", ">0.999"]);
});

test("a difference shows its sign", () => {
  expect([signed(0.05), signed(-0.05, 1), signed(0, 0)]).toEqual(["+0.050", "−0.1", "+0"]);
});

test("a small-sample bias is said to be part of the value; one that is not above 0 is none", () => {
  expect(biasText(3.149)).toBe("of which about 3.1 is small-sample bias");
  expect(biasText(0.00347)).toBe("of which about 0.0035 is small-sample bias");
  expect(biasText(-0.052)).toBe("no small-sample bias found");
});

test("a mean or a difference without an interval stands alone", () => {
  expect(estimate({ mean: 0.5, low: null, high: null })).toBe("0.500");
  expect(estimate({ mean: 0.48213, low: 0.431, high: 0.533 })).toBe("0.482 (0.431 to 0.533)");
  expect(estimate({ mean: null })).toBe("–");
  expect(change({ mean: -0.25 })).toBe("−0.250");
  expect(change({ mean: 0.0122, low: -0.003, high: 0.0273 })).toBe("+0.012 (−0.003 to +0.027)");
  expect(change({})).toBe("–");
});

test("sizes and small numbers keep their meaning", () => {
  expect([bytes(17), bytes(1_234_567)]).toEqual(["17 B", "1.2 MB"]);
  expect([significant(0.001234), significant(12_345)]).toEqual(["0.00123", "12,300"]);
});

test("the past is told in the largest unit that fits", () => {
  const now = Date.UTC(2026, 0, 2);
  expect(ago(new Date(now - 1000), now)).toBe("just now");
  expect(ago(new Date(now - 200_000), now)).toBe("3 min ago");
  expect(ago(new Date(now - 3 * 86_400_000), now)).toBe("3 d ago");
});

test("a duration is told in its two largest units", () => {
  expect([1.234, 12.34, 60, 75, 3723, 90_000].map(duration)).toEqual([
    "1.2 s",
    "12 s",
    "1 min",
    "1 min 15 s",
    "1 h 2 min",
    "1 d 1 h",
  ]);
});
