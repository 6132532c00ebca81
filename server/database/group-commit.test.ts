import { setImmediate as tick } from "node:timers/promises";
import { expect, it } from "vitest";
import { GroupCommit } from "./group-commit.ts";

/** Requests are row counts, answered with their tenfold; a batch with a negative one is refused. `end` ends the oldest batch. */
function openBatches(maxRows = 100) {
  const batches: number[][] = [];
  const ends: (() => void)[] = [];
  const writers = new GroupCommit<number, number>({
    maxRows,
    rowsOf: Math.abs,
    async write(requests) {
      batches.push(requests);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (requests.some((request) => request < 0)) throw new Error(`refused ${requests}`);
      return requests.map((request) => request * 10);
    },
  });
  const end = async () => {
    ends.shift()?.();
    await tick();
  };
  return { writers, batches, end };
}

it("requests of one moment are one batch, and each gets its own answer once that is written", async () => {
  const { writers, batches, end } = openBatches();
  let answered = 0;
  const answers = Promise.all([1, 2, 3].map((n) => writers.submit("a", n).finally(() => answered++)));
  await tick();
  expect(batches).toEqual([[1, 2, 3]]);
  expect(answered).toBe(0);
  await end();
  expect(await answers).toEqual([10, 20, 30]);
});

it("what comes while two batches are on their way waits, and goes together with the next", async () => {
  const { writers, batches, end } = openBatches();
  const answers: Promise<number>[] = [];
  for (const n of [1, 2, 3, 4, 5]) {
    answers.push(writers.submit("a", n));
    await tick();
  }
  expect(batches).toEqual([[1], [2]]);
  await end();
  expect(batches).toEqual([[1], [2], [3, 4, 5]]);
  await end();
  await end();
  expect(await Promise.all(answers)).toEqual([10, 20, 30, 40, 50]);
});

it("keys do not wait for each other", async () => {
  const { writers, batches } = openBatches();
  for (const key of ["a", "b", "c"]) void writers.submit(key, 1);
  await tick();
  expect(batches).toEqual([[1], [1], [1]]);
});

it("a batch holds no more rows than allowed; a larger request goes alone", async () => {
  const { writers, batches, end } = openBatches(10);
  const answers = Promise.all([4, 6, 1, 50, 2].map((n) => writers.submit("a", n)));
  await tick();
  for (let i = 0; i < 4; i++) await end();
  expect(await answers).toEqual([40, 60, 10, 500, 20]);
  expect(batches).toEqual([[4, 6], [1], [50], [2]]);
});

it("a bad request fails alone: the others of its batch are written one by one", async () => {
  const { writers, batches, end } = openBatches();
  const answers = Promise.allSettled([1, -2, 3].map((n) => writers.submit("a", n)));
  await tick();
  for (let i = 0; i < 4; i++) await end();
  expect(await answers).toEqual([
    { status: "fulfilled", value: 10 },
    { status: "rejected", reason: new Error("refused -2") },
    { status: "fulfilled", value: 30 },
  ]);
  expect(batches).toEqual([[1, -2, 3], [1], [-2], [3]]);
});
