import { expect, test } from "vitest";
import { compareAddress, subjectsOf } from "./compareAddress.ts";

const ID = "01900000-0000-7000-8000-000000000000";

test("an address names its subjects by signs that need no escaping, and is read back", () => {
  const subjects = [
    { kind: "ROUND", id: ID },
    { kind: "REWARD_MODEL", id: ID },
  ] as const;
  const address = compareAddress(subjects);
  expect(address).toBe(`/compare?subjects=round.${ID}_model.${ID}`);
  expect(subjectsOf(new URL(address, "http://x").searchParams.get("subjects"))).toEqual(subjects);
  expect(compareAddress([])).toBe("/compare");
});

test("what names no subject is passed over, and a subject is named once", () => {
  expect(subjectsOf(`round.${ID}_round.${ID}_thing.${ID}_round.x__`)).toEqual([{ kind: "ROUND", id: ID }]);
  expect(subjectsOf(null)).toEqual([]);
});
