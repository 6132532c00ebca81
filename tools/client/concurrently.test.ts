import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { concurrently } from "./concurrently.ts";

test("every item is worked on, three at a time and no more, and results keep the order", async () => {
  let running = 0;
  let most = 0;
  const results: number[] = [];
  const work = async (item: number) => {
    most = Math.max(most, ++running);
    await sleep((item * 7) % 5);
    running--;
    return item * 2;
  };
  for await (const result of concurrently(Array(20).keys(), 3, work)) results.push(result);
  expect(most).toBe(3);
  expect(results).toEqual(Array.from({ length: 20 }, (_, item) => item * 2));
});

test("a failure ends it, and no further item is asked for", async () => {
  let asked = 0;
  function* items() {
    for (; asked < 100; asked++) yield asked;
  }
  const reading = async () => {
    const work = async (item: number) => {
      if (item === 4) throw new Error("no fifth");
    };
    for await (const _ of concurrently(items(), 2, work));
  };
  await expect(reading()).rejects.toThrow("no fifth");
  expect(asked).toBeLessThan(10);
});
