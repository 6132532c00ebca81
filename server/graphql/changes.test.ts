import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type ChangeStream, Changes } from "./changes.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const change = (id: string, parentId: string | null = null, topic = "jobs") => ({ topic, id, parentId });

/** Reads all the time; what came, with the time it came at. */
function read(stream: ChangeStream): { id: string; at: number }[] {
  const start = Date.now();
  const events: { id: string; at: number }[] = [];
  const more = async () => {
    for await (const { id } of stream) events.push({ id, at: Date.now() - start });
  };
  void more();
  return events;
}

it("a burst of changes of one row is an event at once and one at the end of each pause, the last change included", async () => {
  const changes = new Changes();
  const events = read(changes.watch({ topic: "jobs", all: true }));
  for (let ms = 0; ms <= 1_000; ms += 10) {
    changes.publish(change("a"));
    await vi.advanceTimersByTimeAsync(10);
  }
  await vi.advanceTimersByTimeAsync(1_000);
  expect(events.map(({ at }) => at)).toEqual([0, 200, 400, 600, 800, 1_000, 1_200]);
});

it("rows that change in one pause come together, each once, in the order of their first change", async () => {
  const changes = new Changes();
  const events = read(changes.watch({ topic: "jobs", all: true }));
  changes.publish(change("a"));
  await vi.advanceTimersByTimeAsync(1);
  for (const id of ["c", "b", "c", "a"]) changes.publish(change(id));
  await vi.advanceTimersByTimeAsync(500);
  expect(events.map(({ id }) => id)).toEqual(["a", "c", "b", "a"]);
});

it("whoever watches a row, a parent or a topic hears of that alone; a row's watcher hears at once", async () => {
  const changes = new Changes();
  const row = read(changes.watch({ topic: "jobs", id: "a" }));
  const parent = read(changes.watch({ topic: "jobs", parentId: "p" }));
  const topic = read(changes.watch({ topic: "rounds", all: true }));
  await vi.advanceTimersByTimeAsync(0);
  expect([row.length, parent.length, topic.length]).toEqual([1, 0, 0]);
  await vi.advanceTimersByTimeAsync(500);
  for (const published of [change("a"), change("b", "p"), change("c", "q"), change("p"), change("a", "p", "rounds")])
    changes.publish(published);
  await vi.advanceTimersByTimeAsync(500);
  expect([row, parent, topic].map((events) => events.map(({ id }) => id))).toEqual([["a", "a"], ["b"], ["a"]]);
});

it("a reader who is away gets each row once, with its last change", async () => {
  const changes = new Changes();
  const stream = changes.watch({ topic: "jobs", all: true });
  for (let i = 0; i < 1_000; i++) changes.publish(change(`row ${i % 3}`));
  const events = read(stream);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(events.map(({ id }) => id)).toEqual(["row 0", "row 1", "row 2"]);
});

it("a stream that is ended answers the waiting reader, hears nothing more and leaves no timer", async () => {
  const changes = new Changes();
  const stream = changes.watch({ topic: "jobs", all: true });
  changes.publish(change("a"));
  await stream.next();
  const waiting = stream.next();
  changes.publish(change("b"));
  await stream.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
  changes.publish(change("c"));
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  expect(vi.getTimerCount()).toBe(0);
});
