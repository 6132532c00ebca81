import { expect, test } from "vitest";
import {
  itemsInView,
  type Lines,
  MOST_PIXELS,
  placeOf,
  placeShowing,
  START,
  scrolledHeight,
  scrolledTo,
  topOf,
} from "./virtualLines.ts";

const SHORT: Lines = { total: 1000, perLine: 3, lineHeight: 150, viewHeight: 600 };
/** 250,000 lines of 150 pixels: two and a half times what an element can be. */
const LONG: Lines = { total: 250_000, perLine: 1, lineHeight: 150, viewHeight: 600 };
const END = 250_000 * 150 - 600;

test("a list that fits is scrolled as it is", () => {
  expect(scrolledHeight(SHORT)).toBe(334 * 150);
  const place = scrolledTo(START, 1234, SHORT);
  expect(place).toEqual({ scrollTop: 1234, offset: 1234 });
  expect(itemsInView(place, SHORT)).toEqual({ first: 24, end: 39 });
  expect(itemsInView(place, SHORT, 1)).toEqual({ first: 21, end: 42 });
  expect(topOf(24, place, SHORT)).toBe(8 * 150);
});

test("the bar spans a list that is longer than an element can be, and small moves stay small", () => {
  expect(scrolledHeight(LONG)).toBe(MOST_PIXELS);
  const bar = MOST_PIXELS - 600;
  const middle = scrolledTo(START, bar / 2, LONG);
  expect(middle.offset).toBeCloseTo(END / 2);
  const further = scrolledTo(middle, bar / 2 + 100, LONG);
  expect(further.offset).toBeCloseTo(END / 2 + 100);
  expect(scrolledTo(further, bar, LONG).offset).toBe(END);
  expect(scrolledTo(further, 0, LONG).offset).toBe(0);
  // What is drawn lies in view, wherever the bar stands.
  const { first } = itemsInView(further, LONG);
  expect(topOf(first, further, LONG)).toBeLessThanOrEqual(further.scrollTop);
  expect(topOf(first + 1, further, LONG)).toBeGreaterThan(further.scrollTop);
});

test.each([
  ["a list that fits", SHORT, 600],
  ["a longer one", LONG, 200_000],
])("an item of %s is gone to, and every item is reached by small moves", (_what, lines, item) => {
  const place = placeOf(item, lines);
  expect(itemsInView(place, lines).first).toBe(item);
  expect(scrolledTo(place, place.scrollTop, lines)).toEqual(place);
  expect(itemsInView(placeOf(lines.total - 1, lines), lines).end).toBe(lines.total);
  const below = placeShowing(item + 4 * lines.perLine, place, lines);
  expect(below.offset - place.offset).toBe(150);
  expect(placeShowing(item, place, lines)).toBe(place);
  expect(placeShowing(0, place, lines).offset).toBe(0);
});

test("an empty list is no place", () => {
  const none = { ...SHORT, total: 0 };
  expect(scrolledHeight(none)).toBe(0);
  expect(itemsInView(placeOf(0, none), none)).toEqual({ first: 0, end: 0 });
});
