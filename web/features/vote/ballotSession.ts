import { type Ballot, type BallotItem, type BallotItems, FULL_STUDY } from "../../../shared/ballot.ts";
import type { VoteChoice } from "../../../shared/enums.ts";
import {
  consent,
  joinByLink,
  nextItems,
  openBallot,
  Refused,
  sendVotes,
  Unreachable,
  withdraw,
} from "./ballotClient.ts";
import { forget, keep, keptOf } from "./keptBallot.ts";
import { newKey, type Shelf, VoteQueue } from "./voteQueue.ts";

export type Phase = "LOADING" | "WELCOME" | "VOTING" | "FINISHED" | "WITHDRAWN" | "PROBLEM";

/** What the page shows. */
export interface SessionState {
  phase: Phase;
  /** of PROBLEM: what is the matter, for the volunteer */
  message: string;
  ballot: Ballot | null;
  /** the pair to judge, then those after it; empty while more are awaited */
  items: readonly BallotItem[];
  /** the latest vote, which may be changed */
  previous: { item: BallotItem; choice: VoteChoice } | null;
  done: number;
  total: number;
  /** pairs whose vote the server has not confirmed */
  unsent: number;
  online: boolean;
  /** the volunteer waits for an answer to joining or leaving */
  busy: boolean;
  completionCode: string | null;
  redirectUrl: string | null;
  /** the participant's own token, once there is one */
  token: string | null;
}

/** So few pairs ahead, and new ones are asked for. */
const REFILL_AT = 4;
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [1_000, 15_000];

const BLANK: SessionState = {
  ...{
    phase: "LOADING",
    message: "",
    ballot: null,
    items: [],
    previous: null,
    done: 0,
    total: 0,
    unsent: 0,
    online: true,
  },
  ...{ busy: false, completionCode: null, redirectUrl: null, token: null },
};

/**
 * One volunteer at one page. Votes are kept in the browser first and sent after, so that neither a lost connection nor a closed
 * tab loses one; the server stores each once. It lives outside of React, which shows its state.
 */
export class BallotSession {
  private state = BLANK;
  private readonly listeners = new Set<() => void>();
  private queue: VoteQueue | undefined;
  /** the pair that an undo brought back; the server may hold it for judged yet */
  private again: BallotItem | null = null;
  private syncing = false;
  private syncAgain = false;
  private retryMs = FIRST_RETRY_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly address: string,
    private readonly shelf: Shelf,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly current = (): SessionState => this.state;

  /** Finds out what the link is, and goes on where the volunteer was. */
  async start(): Promise<void> {
    const known = this.shelf.getItem(this.linkName);
    try {
      await this.openWith(known ?? this.address);
    } catch (error) {
      if (error instanceof Unreachable) this.resume(known ?? this.address);
      // Somebody who withdrew may come again.
      if (!known || !(error instanceof Refused)) return this.fail(error, () => this.start());
      this.shelf.removeItem(this.linkName);
      await this.openWith(this.address).catch((other) => this.fail(other, () => this.start()));
    }
  }

  /** The volunteer agreed. @param panel what a panel added to the link */
  async agree(panel: Record<string, string>): Promise<void> {
    this.change({ busy: true });
    try {
      if (!this.state.token) {
        const { token } = await joinByLink(this.address, panel);
        this.shelf.setItem(this.linkName, token);
        this.own(token);
      }
      const items = await consent(this.state.token ?? "");
      this.change({ busy: false, online: true });
      this.take(items);
    } catch (error) {
      this.change({ busy: false });
      this.fail(error, () => this.agree(panel));
    }
  }

  /** @param responseMs from the images being there to the choice */
  choose(choice: VoteChoice, responseMs: number): void {
    const [item, ...items] = this.state.items;
    if (!item || !this.queue) return;
    this.queue.add({ key: newKey(), item: item.key, choice, responseMs: Math.max(0, Math.round(responseMs)) });
    this.again = null;
    this.change({ items, previous: { item, choice }, done: this.state.done + 1, unsent: this.queue.voted().size });
    this.keep();
    void this.sync();
  }

  /** Takes back the last vote, here and at the server, and brings its pair back. */
  undo(): void {
    const { previous, items, done } = this.state;
    if (!previous || this.again || !this.queue) return;
    this.queue.add({ key: newKey(), item: previous.item.key, choice: null, responseMs: 0 });
    this.again = previous.item;
    const unsent = this.queue.voted().size;
    this.change({ items: [previous.item, ...items], previous: null, done: done - 1, unsent });
    this.keep();
    void this.sync();
  }

  /** Forgets everything, here and there. */
  async withdraw(): Promise<void> {
    const { token } = this.state;
    if (!token) return;
    this.change({ busy: true });
    try {
      await withdraw(token);
      this.queue?.clear();
      this.shelf.removeItem(this.linkName);
      forget(this.shelf, token);
      this.change({ busy: false, phase: "WITHDRAWN", token: null });
    } catch (error) {
      this.change({ busy: false });
      this.fail(error, () => this.withdraw());
    }
  }

  /** Sends what waits and fetches what is next. What fails for want of a connection is tried again by itself. */
  async sync(): Promise<void> {
    if (this.syncing) {
      this.syncAgain = true;
      return;
    }
    this.syncing = true;
    try {
      do {
        this.syncAgain = false;
        await this.syncOnce();
      } while (this.syncAgain);
    } catch (error) {
      this.fail(error, () => this.sync());
    } finally {
      this.syncing = false;
    }
  }

  /** Nothing is tried any more by itself. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private get linkName(): string {
    return `ballot-of ${this.address}`;
  }

  private async openWith(token: string): Promise<void> {
    const ballot = await openBallot(token);
    this.change({ ballot, online: true });
    if (!ballot.link) this.own(token);
    if (ballot.state === "NOT_OPEN") this.problem("This study has not begun yet. Please come back later.");
    else if (ballot.state === "FULL") this.problem(FULL_STUDY);
    else if (ballot.state === "CLOSED") this.problem("This study is over. Thank you for coming.");
    else if (ballot.state === "INVITED") {
      this.change({ phase: "WELCOME" });
      this.keep();
    } else await this.sync();
  }

  /** Goes on from what was kept, while there is no connection. Votes that wait are not asked for a second time. */
  private resume(token: string): void {
    if (this.state.phase !== "LOADING") return;
    const kept = keptOf(this.shelf, token);
    if (!kept) return;
    if (kept.ballot?.link === false) this.own(token);
    const waiting = this.queue?.voted();
    const items = kept.items.filter(({ key }) => !waiting?.has(key));
    this.change({ ...kept, items, done: kept.done + kept.items.length - items.length });
  }

  private keep(): void {
    keep(this.shelf, this.state.token ?? this.address, this.state);
  }

  private own(token: string): void {
    this.queue ??= new VoteQueue(token, this.shelf, (votes) => sendVotes(token, votes));
    this.change({ token, unsent: this.queue.voted().size });
  }

  private async syncOnce(): Promise<void> {
    const { token } = this.state;
    if (!token || !this.queue) return;
    const results = await this.queue.flush();
    this.reached();
    this.change({ unsent: this.queue.voted().size });
    if (results.some(({ code }) => code === "STUDY_NOT_OPEN"))
      return this.problem("This study is over. Thank you for coming.");
    const ahead = this.state.items.length;
    const more = this.state.total - this.state.done - ahead;
    if (ahead === 0 || (ahead <= REFILL_AT && more > 0) || this.state.phase === "LOADING")
      this.take(await nextItems(token));
  }

  /** The server's word on what is left, beside what it has not heard of yet. */
  private take(answer: BallotItems): void {
    const waiting = this.queue?.voted() ?? new Set();
    const unheard = answer.items.filter(({ key }) => waiting.has(key)).length;
    const fresh = answer.items.filter(({ key }) => !waiting.has(key) && key !== this.again?.key);
    // Until it hears of the undo the server counts the vote that was taken back.
    const counted = this.again && !answer.items.some(({ key }) => key === this.again?.key) ? 1 : 0;
    const finished = answer.finished && waiting.size === 0 && !this.again;
    this.change({
      phase: finished ? "FINISHED" : "VOTING",
      items: this.again ? [this.again, ...fresh] : fresh,
      previous: this.state.previous ?? (this.again || waiting.size > 0 ? null : answer.last),
      done: answer.voted + unheard - counted,
      total: Math.max(answer.total, answer.voted),
      completionCode: answer.completionCode,
      redirectUrl: answer.redirectUrl,
    });
    this.keep();
  }

  private reached(): void {
    this.retryMs = FIRST_RETRY_MS;
    if (!this.state.online) this.change({ online: true });
  }

  private fail(error: unknown, again: () => Promise<void>): void {
    if (error instanceof Refused) {
      this.problem(error.message);
      return;
    }
    this.change({ online: false });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void again(), this.retryMs);
    this.retryMs = Math.min(2 * this.retryMs, LAST_RETRY_MS);
  }

  private problem(message: string): void {
    this.change({ phase: "PROBLEM", message });
    this.keep();
  }

  private change(changes: Partial<SessionState>): void {
    this.state = { ...this.state, ...changes };
    for (const listener of this.listeners) listener();
  }
}
