import { expect, test } from "vitest";
import type { SentVote, VoteResult } from "../../../shared/ballot.ts";
import { VoteChoice } from "../../../shared/enums.ts";
import { memoryShelf, newKey, VoteQueue } from "./voteQueue.ts";

const vote = (item: string): SentVote => ({ key: newKey(), item, choice: VoteChoice.LEFT, responseMs: 900 });
const stored = (votes: readonly SentVote[]): VoteResult[] => votes.map(({ key }) => ({ key, code: null }));

test("votes leave in order, and only when they are confirmed", async () => {
  const sent: string[][] = [];
  let online = false;
  const shelf = memoryShelf();
  const queue = new VoteQueue("t", shelf, async (votes) => {
    if (!online) throw new Error("offline");
    sent.push(votes.map(({ item }) => item));
    return stored(votes);
  });
  for (let i = 0; i < 25; i++) queue.add(vote(String(i)));
  await expect(queue.flush()).rejects.toThrow("offline");
  expect(queue.voted().size).toBe(25);
  online = true;
  expect((await queue.flush()).length).toBe(25);
  expect(sent.flat()).toEqual(Array.from({ length: 25 }, (_, i) => String(i)));
  expect(sent.map((batch) => batch.length)).toEqual([20, 5]);
  expect(shelf.length).toBe(0);
});

test("a page that was reloaded sends what the page before it could not, under the same keys", async () => {
  const shelf = memoryShelf();
  const before = new VoteQueue("t", shelf, () => Promise.reject(new Error("offline")));
  const kept = vote("a");
  before.add(kept);
  await before.flush().catch(() => undefined);
  const keys: string[] = [];
  const after = new VoteQueue("t", shelf, async (votes) => {
    keys.push(...votes.map(({ key }) => key));
    return stored(votes);
  });
  await after.flush();
  expect(keys).toEqual([kept.key]);
});

test("two flushes at once are one; a vote that comes meanwhile goes too; others' votes stay", async () => {
  const shelf = memoryShelf();
  new VoteQueue("other", shelf, async (votes) => stored(votes)).add(vote("theirs"));
  let calls = 0;
  const queue: VoteQueue = new VoteQueue("t", shelf, async (votes) => {
    calls++;
    if (calls === 1) queue.add(vote("b"));
    return stored(votes);
  });
  queue.add(vote("a"));
  const [first, second] = await Promise.all([queue.flush(), queue.flush()]);
  expect(first).toBe(second);
  expect([calls, shelf.length]).toEqual([2, 1]);
});
