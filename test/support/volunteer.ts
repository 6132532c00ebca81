import { randomUUID } from "node:crypto";
import type { Ballot, BallotItem, BallotItems, VoteResult } from "../../shared/ballot.ts";
import { VoteChoice } from "../../shared/enums.ts";

export interface BallotAnswer<T> {
  status: number;
  body: T & { error?: { code: string; message: string; field: string | null } };
}

/** What a volunteer's browser asks, without the browser. */
export class Volunteer {
  constructor(
    private readonly url: string,
    readonly token: string,
  ) {}

  static async join(url: string, link: string, panel?: object): Promise<Volunteer> {
    const { status, body } = await send<{ token: string }>(`${url}/ballots`, { method: "POST", body: { link, panel } });
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
    return new Volunteer(url, body.token);
  }

  open(): Promise<BallotAnswer<Ballot>> {
    return this.ask("GET", "current");
  }
  consent(): Promise<BallotAnswer<BallotItems>> {
    return this.ask("POST", "current/consent");
  }
  items(): Promise<BallotAnswer<BallotItems>> {
    return this.ask("POST", "current/items");
  }
  /** @param choice null: takes the vote back */
  vote(
    item: string,
    choice: VoteChoice | null = VoteChoice.LEFT,
    { key = randomUUID() as string, responseMs = 2000 } = {},
  ): Promise<BallotAnswer<{ results: VoteResult[] }>> {
    return this.ask("POST", "current/votes", { votes: [{ key, item, choice, responseMs }] });
  }
  withdraw(): Promise<BallotAnswer<object>> {
    return this.ask("DELETE", "current");
  }
  ask<T>(method: string, path: string, body?: object): Promise<BallotAnswer<T>> {
    return send(`${this.url}/ballots/${path}`, { method, body, token: this.token });
  }

  /** Agrees and votes until nothing is left or `most` votes are cast. @returns votes cast @throws Error where either is refused */
  async voteAll(
    choose: (item: BallotItem) => VoteChoice | Promise<VoteChoice>,
    most = Number.POSITIVE_INFINITY,
  ): Promise<number> {
    const { status, body } = await this.consent();
    if (status !== 200) throw new Error(JSON.stringify(body));
    for (let cast = 0; ; ) {
      const { items } = (await this.items()).body;
      if (items.length === 0) return cast;
      for (const item of items) {
        if (cast >= most) return cast;
        const { body } = await this.vote(item.key, await choose(item));
        if (body.results?.[0]?.code !== null) throw new Error(JSON.stringify(body));
        cast++;
      }
    }
  }
}

async function send<T>(
  url: string,
  { method, body, token }: { method: string; body?: object; token?: string },
): Promise<BallotAnswer<T>> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token) headers.authorization = `Ballot ${token}`;
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : {} };
}
