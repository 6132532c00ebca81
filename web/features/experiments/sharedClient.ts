/** What a visitor of a share link asks the server; the cookie of the link goes with it. */
import type { SharedExperimentQuery, SharedRoundQuery } from "../../graphql/generated/graphql.ts";

export type SharedExperiment = NonNullable<SharedExperimentQuery["experiment"]>;
export type SharedRound = NonNullable<SharedRoundQuery["round"]>;

export class SharedProblem extends Error {
  constructor(
    message: string,
    /** the link is unknown, has expired or was revoked */
    readonly isOver: boolean,
  ) {
    super(message);
  }
}

async function ask(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(`/shared/${path}`, init).catch(() => null);
  if (response?.ok || response?.status === 304) return response;
  const answer = (await response?.json().catch(() => null)) as { error?: { message: string } } | null;
  throw new SharedProblem(
    answer?.error?.message ?? "The server can't be reached; try again.",
    response?.status === 401 || response?.status === 404,
  );
}

/** The secret stands in the fragment, which is not sent; it is taken out of the history and exchanged for a cookie. */
async function openLink(link: string): Promise<void> {
  const token = window.location.hash.slice(1);
  if (!token) return;
  window.history.replaceState(null, "", window.location.pathname);
  const headers = { "content-type": "application/json" };
  await ask(`${link}/session`, { method: "POST", headers, body: JSON.stringify({ token }) });
}

/** The experiment as it was, and what says whether it still is so. */
export interface Shown {
  experiment: SharedExperiment;
  version: string | null;
}

/** @param shown given back itself while nothing has changed @throws SharedProblem */
export async function sharedExperiment(link: string, shown?: Shown): Promise<Shown> {
  await openLink(link);
  const response = await ask(link, {
    cache: "no-store",
    headers: shown?.version ? { "If-None-Match": shown.version } : {},
  });
  if (shown && response.status === 304) return shown;
  const { experiment } = (await response.json()) as SharedExperimentQuery;
  if (!experiment) throw new SharedProblem("The experiment is gone.", true);
  return { experiment, version: response.headers.get("ETag") };
}

/** A page of a round's samples. @throws SharedProblem */
export async function sharedRound(link: string, index: number, after: string | null): Promise<SharedRound> {
  const cursor = after ? `?after=${encodeURIComponent(after)}` : "";
  const { round } = (await (await ask(`${link}/rounds/${index}${cursor}`)).json()) as SharedRoundQuery;
  if (!round) throw new SharedProblem("The round is gone.", true);
  return round;
}

export const sharedImage = (link: string, sha256: string): string => `/shared/${link}/images/${sha256}`;
