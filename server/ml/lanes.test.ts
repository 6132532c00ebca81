import { expect, test } from "vitest";
import { Lanes } from "./lanes.ts";

/** A thread that doubles numbers, throws at 0 and dies at -1. */
const thread = new URL(
  `data:text/javascript,${encodeURIComponent(`
  import { serveLane } from "${new URL("./lane-thread.ts", import.meta.url)}";
  serveLane({
    hello: "ready",
    async answer(x) {
      if (x === 0) throw new Error("nothing to double\\nat length");
      if (x === -1) process.exit(3);
      return 2 * x;
    },
    close: async () => undefined,
  });`)}`,
);
const start = () => Lanes.start<number, number, string>(thread, { count: 2, workerData: null });

test("each request has its answer or its error, whichever lane it went to", async () => {
  const lanes = await start();
  expect(lanes.hello).toBe("ready");
  expect(lanes.depth).toBe(4);
  expect(await Promise.all([1, 2, 3, 4, 5].map((x) => lanes.ask(x)))).toEqual([2, 4, 6, 8, 10]);
  await expect(lanes.ask(0)).rejects.toThrow(/^nothing to double$/);
  expect(await lanes.ask(7)).toBe(14);
  await lanes.dispose();
});

test("a thread that dies fails what it had, and what it is given after that, instead of leaving it to wait", async () => {
  const lanes = await start();
  const asked = await Promise.allSettled([-1, -1].map((x) => lanes.ask(x)));
  const reason = expect.objectContaining({ message: "The lane's thread ended with code 3." });
  expect(asked).toEqual([1, 2].map(() => ({ status: "rejected", reason })));
  await expect(lanes.ask(1)).rejects.toThrow("ended with code 3");
  await lanes.dispose();
});

test("a thread that can't start is an error", async () => {
  const broken = new URL("data:text/javascript,throw new Error('no model')");
  await expect(Lanes.start(broken, { count: 2, workerData: null })).rejects.toThrow("no model");
});
