/** What the page goes on with when it is opened without a connection: how far the volunteer was, and the pairs ahead. */
import type { SessionState } from "./ballotSession.ts";
import type { Shelf } from "./voteQueue.ts";

export type KeptBallot = Pick<SessionState, "phase" | "ballot" | "items" | "previous" | "done" | "total">;

const nameOf = (token: string): string => `ballot-kept ${token}`;

/** @param token the participant's own, or the open link's of who has not joined yet */
export function keep(shelf: Shelf, token: string, state: SessionState): void {
  const { phase, ballot, items, previous, done, total } = state;
  // What was opened by the open link is somebody's own from the moment that they joined.
  const kept: KeptBallot = { phase, ballot: ballot && { ...ballot, link: !state.token }, items, previous, done, total };
  if (phase === "WELCOME" || phase === "VOTING") shelf.setItem(nameOf(token), JSON.stringify(kept));
  else forget(shelf, token);
}

export const keptOf = (shelf: Shelf, token: string): KeptBallot | null =>
  JSON.parse(shelf.getItem(nameOf(token)) ?? "null");

export const forget = (shelf: Shelf, token: string): void => shelf.removeItem(nameOf(token));
