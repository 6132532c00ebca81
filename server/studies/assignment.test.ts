import { describe, expect, test } from "vitest";
import { AssignmentKind } from "../../shared/enums.ts";
import { RandomStream } from "../../shared/random.ts";
import { type Given, type ItemState, nextAssignments, type ParticipantPlan, slotsOf } from "./assignment.ts";

const PLAN: ParticipantPlan = { votes: 50, attentionChecks: 0, repeats: 0, seed: 1, participant: 1 };

function itemsOf(prompts: number, arms: number): ItemState[] {
  const items: ItemState[] = [];
  for (let prompt = 0; prompt < prompts; prompt++)
    for (let armA = 0; armA < arms; armA++)
      for (let armB = armA + 1; armB < arms; armB++)
        items.push({ id: `${prompt} ${armA} ${armB}`, promptId: String(prompt), armA, armB, taken: 0, tilt: 0 });
  return items;
}

interface Person {
  plan: ParticipantPlan;
  given: Given[];
  voted: number;
  leavesAfter: number;
}

/** People vote in a random interleaving, `ahead` items handed out at a time; what leavers held goes back when they leave. */
function simulate(
  items: ItemState[],
  people: Person[],
  options: { ahead: number; votesPerItem: number },
): Map<string, number> {
  const byId = new Map(items.map((item) => [item.id, item]));
  const votes = new Map(items.map((item) => [item.id, 0]));
  const random = new RandomStream(99);
  const active = [...people];
  while (active.length > 0) {
    const place = random.below(active.length);
    const person = active[place] as Person;
    if (person.voted === person.given.length) {
      const next = nextAssignments(person.given, items, { ...options, plan: person.plan, count: options.ahead });
      person.given.push(...next.map((one) => ({ ...(byId.get(one.itemId) as ItemState), ...one })));
    }
    const given = person.given[person.voted];
    if (!given || person.voted >= person.leavesAfter) {
      for (const { kind, itemId } of person.given.slice(person.voted))
        if (kind === AssignmentKind.VOTE) (byId.get(itemId) as ItemState).taken--;
      active.splice(place, 1);
      continue;
    }
    person.voted++;
    if (given.kind === AssignmentKind.VOTE) votes.set(given.itemId, (votes.get(given.itemId) ?? 0) + 1);
  }
  return votes;
}

function crowd(count: number, leavesAfter: (i: number) => number, plan: Partial<ParticipantPlan> = {}): Person[] {
  return Array.from({ length: count }, (_, i) => ({
    plan: { ...PLAN, ...plan, participant: i + 1 },
    given: [],
    voted: 0,
    leavesAfter: leavesAfter(i),
  }));
}
const spread = (votes: Map<string, number>) => Math.max(...votes.values()) - Math.min(...votes.values());

describe("every item gets its votes", () => {
  test("14 people see 50 items each: 14 votes an item, every order another", () => {
    const people = crowd(14, () => 1000);
    expect([...new Set(simulate(itemsOf(50, 2), people, { ahead: 4, votesPerItem: 14 }).values())]).toEqual([14]);
    expect(new Set(people.map(({ given }) => given.map(({ itemId }) => itemId).join())).size).toBe(14);
  });

  test.each([1, 4, 8])("60 people of whom half leave early, %i items handed out ahead: within one vote", (ahead) => {
    const people = crowd(60, (i) => (i % 2 ? 1000 : (7 * i) % 50));
    const votes = simulate(itemsOf(50, 2), people, { ahead, votesPerItem: 20 });
    expect(spread(votes)).toBeLessThanOrEqual(1);
    expect(Math.max(...votes.values())).toBeLessThanOrEqual(20);
  });

  test("of four arms each prompt's six pairs, by people who see a third of them at most: every pair its votes, pairs and prompts even for everybody", () => {
    const people = crowd(14, () => 1000, { votes: 20 });
    const votes = simulate(itemsOf(10, 4), people, { ahead: 4, votesPerItem: 4 });
    expect([...new Set(votes.values())]).toEqual([4]);
    for (const { given } of people.filter((one) => one.given.length >= 18)) {
      const countsOf = (keyOf: (one: Given) => string) => [...Map.groupBy(given, keyOf).values()].map((g) => g.length);
      expect(Math.max(...countsOf(({ promptId }) => promptId))).toBeLessThanOrEqual(4);
      expect(countsOf(({ armA, armB }) => `${armA} ${armB}`).length).toBe(6);
    }
  });
});

test("sides are even for every item and nearly even for every participant, whenever they leave", () => {
  const items = itemsOf(50, 2);
  const people = crowd(14, () => 1000);
  simulate(items, people, { ahead: 4, votesPerItem: 14 });
  expect(Math.max(...items.map(({ tilt }) => Math.abs(tilt)))).toBeLessThanOrEqual(6);
  const average = items.reduce((sum, { tilt }) => sum + Math.abs(tilt), 0) / items.length;
  expect(average).toBeLessThan(2);
  for (const { given } of people)
    for (const seen of [10, 25, 50])
      expect(Math.abs(given.slice(0, seen).filter(({ flipped }) => flipped).length - seen / 2)).toBeLessThanOrEqual(4);
  const firsts = people.map(({ given }) => given[0]?.flipped);
  expect(new Set(firsts).size).toBe(2);
});

test("checks and repeats come where they may: none first, repeats five items later and turned around", () => {
  const plan = { ...PLAN, attentionChecks: 3, repeats: 4 };
  const items = itemsOf(50, 2);
  const given: Given[] = [];
  for (let round = 0; round < 30; round++)
    for (const one of nextAssignments(given, items, { plan, count: 3, votesPerItem: 10 }))
      given.push({ ...(items.find(({ id }) => id === one.itemId) as ItemState), ...one });
  expect(given.map(({ kind }) => kind)).toEqual(slotsOf(plan));
  const repeats = given.filter(({ kind }) => kind === AssignmentKind.REPEAT);
  expect(repeats.length).toBe(4);
  expect(given.filter(({ kind }) => kind === AssignmentKind.ATTENTION).length).toBe(3);
  expect(given.slice(0, 2).every(({ kind }) => kind === AssignmentKind.VOTE)).toBe(true);
  for (const repeat of repeats) {
    const first = given.find(({ itemId }) => itemId === repeat.itemId) as Given;
    expect(given.indexOf(repeat) - given.indexOf(first)).toBeGreaterThan(5);
    expect(repeat.flipped).toBe(!first.flipped);
  }
  expect(new Set(given.filter(({ kind }) => kind === AssignmentKind.VOTE).map(({ itemId }) => itemId)).size).toBe(50);
});

test("adaptive: the pair of arms that weighs more gets more of the same number of votes", () => {
  const items = itemsOf(10, 3);
  const weightOf = (item: ItemState) => (item.armA === 0 && item.armB === 1 ? 8 : 1);
  for (const { plan } of crowd(40, () => 0)) nextAssignments([], items, { plan, count: 6, votesPerItem: 4, weightOf });
  const votes = (pair: string) =>
    items.filter((i) => `${i.armA}${i.armB}` === pair).reduce((sum, i) => sum + i.taken, 0);
  expect(votes("01") + votes("02") + votes("12")).toBe(120);
  expect(votes("01")).toBeGreaterThan(3 * votes("12"));
});
