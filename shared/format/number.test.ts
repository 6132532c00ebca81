import { expect, test } from "vitest";
import { ago, decimal, percentWithInterval } from "./number.ts";

test("a missing value is a dash, never a zero", () => {
  expect(decimal(null)).toBe("–");
  expect(decimal(0)).toBe("0.000");
});

test("an interval stands in the unit of its value", () => {
  expect(percentWithInterval(0.931, 0.892, 0.957)).toBe("93.1% (89.2 to 95.7)");
});

test("the past is told in the largest unit that fits", () => {
  const now = Date.UTC(2026, 0, 2);
  expect(ago(new Date(now - 1000), now)).toBe("just now");
  expect(ago(new Date(now - 200_000), now)).toBe("3 min ago");
  expect(ago(new Date(now - 3 * 86_400_000), now)).toBe("3 d ago");
});
