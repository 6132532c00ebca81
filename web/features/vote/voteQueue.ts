import type { SentVote, VoteResult } from "../../../shared/ballot.ts";

/** What a browser keeps by name; `localStorage` is one. */
export interface Shelf {
  readonly length: number;
  key(index: number): string | null;
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

const MOST_AT_ONCE = 20;

/**
 * Votes, and votes taken back, that the server has not confirmed yet, in order. Each lies under a name of its own, so that two tabs never write over
 * each other's; each has the key that makes sending it twice the same as once. So a vote leaves only when it is confirmed.
 */
export class VoteQueue {
  private serial = 0;
  private sending: Promise<VoteResult[]> | undefined;

  constructor(
    private readonly token: string,
    private readonly shelf: Shelf,
    private readonly send: (votes: readonly SentVote[]) => Promise<VoteResult[]>,
  ) {}

  private get prefix(): string {
    return `ballot-vote ${this.token} `;
  }

  add(vote: SentVote): void {
    const place = `${String(Date.now()).padStart(15, "0")} ${String(this.serial++).padStart(6, "0")}`;
    this.shelf.setItem(`${this.prefix}${place} ${vote.key}`, JSON.stringify(vote));
  }

  /** The pairs whose votes wait to be sent. One that is taken back before it is sent waits as nothing. */
  voted(): Set<string> {
    const items = new Set<string>();
    for (const { item, choice } of this.names().flatMap((name) => this.voteUnder(name) ?? []))
      if (choice === null) items.delete(item);
      else items.add(item);
    return items;
  }

  /** Sends everything, in order. @returns what the server said of each @throws what `send` throws; nothing is lost then */
  flush(): Promise<VoteResult[]> {
    this.sending ??= this.sendAll().finally(() => {
      this.sending = undefined;
    });
    return this.sending;
  }

  /** Forgets everything: the participant is no more. */
  clear(): void {
    for (const name of this.names()) this.shelf.removeItem(name);
  }

  private async sendAll(): Promise<VoteResult[]> {
    const all: VoteResult[] = [];
    for (let names = this.names(); names.length > 0; names = this.names()) {
      const batch = names.slice(0, MOST_AT_ONCE).map((name) => ({ name, vote: this.voteUnder(name) }));
      const results = await this.send(batch.flatMap(({ vote }) => vote ?? []));
      const answered = new Set(results.map(({ key }) => key));
      for (const { name, vote } of batch) if (!vote || answered.has(vote.key)) this.shelf.removeItem(name);
      all.push(...results);
      if (answered.size === 0) break;
    }
    return all;
  }

  private voteUnder(name: string): SentVote | null {
    return JSON.parse(this.shelf.getItem(name) ?? "null");
  }

  private names(): string[] {
    return Array.from({ length: this.shelf.length }, (_, i) => this.shelf.key(i) ?? "")
      .filter((name) => name.startsWith(this.prefix))
      .sort();
  }
}

/** A shelf for browsers that keep nothing (private windows of some). */
export function memoryShelf(): Shelf {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
}

/** The browser's, where it lets us. */
export function browserShelf(): Shelf {
  try {
    const probe = "ballot-probe";
    window.localStorage.setItem(probe, probe);
    window.localStorage.removeItem(probe);
    return window.localStorage;
  } catch {
    return memoryShelf();
  }
}

/** A UUID of random bits. `crypto.randomUUID` is there for https alone, and a lab's first server may have none. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
