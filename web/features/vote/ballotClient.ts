import type { Ballot, BallotItems, SentVote, VoteResult } from "../../../shared/ballot.ts";

/** The server's refusal, in words for the volunteer. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Nothing came back, or nothing of use: to be tried again. */
export class Unreachable extends Error {}

/** How long an answer is waited for, ms: a phone between two cells says nothing for minutes. */
const PATIENCE_MS = 15_000;

async function ask<T>(path: string, options: { method: string; token?: string; body?: object }): Promise<T> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (options.token) headers.authorization = `Ballot ${options.token}`;
  const response = await fetch(`/ballots${path}`, {
    method: options.method,
    headers,
    body: options.body && JSON.stringify(options.body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => {
    throw new Unreachable("There is no connection.");
  });
  if (response.status === 204) return undefined as T;
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer as T;
  if (response.status >= 500 || response.status === 429 || !answer?.error)
    throw new Unreachable(answer?.error?.message ?? "The server does not answer.");
  throw new Refused(answer.error.code, answer.error.message);
}

export const openBallot = (token: string): Promise<Ballot> => ask("/current", { method: "GET", token });
export const joinByLink = (link: string, panel: Record<string, string>): Promise<{ token: string }> =>
  ask("", { method: "POST", body: { link, panel } });
export const consent = (token: string): Promise<BallotItems> => ask("/current/consent", { method: "POST", token });
export const nextItems = (token: string): Promise<BallotItems> => ask("/current/items", { method: "POST", token });
export const withdraw = (token: string): Promise<void> => ask("/current", { method: "DELETE", token });
export const sendVotes = async (token: string, votes: readonly SentVote[]): Promise<VoteResult[]> =>
  (await ask<{ results: VoteResult[] }>("/current/votes", { method: "POST", token, body: { votes } })).results;
