import { randomUUID } from "node:crypto";

/**
 * A row that changed: whose (`topic`), which (`id`), what it belongs to, where subscribers ask by that, and what of it (`aspect`), where a
 * topic tells that apart.
 */
export interface Change {
  topic: string;
  id: string;
  parentId: string | null;
  aspect?: string | undefined;
}

/** A subscriber hears of one row at most five times a second; what came between is one event. */
const PAUSE_MS = 200;

/** What a subscriber watches: one row, all rows of a parent, or all rows of a topic. */
export type Watch = { topic: string } & ({ id: string } | { parentId: string } | { all: true });

/** Changes as a subscription reads them; to be ended with `return`. */
export interface ChangeStream extends AsyncIterable<Change> {
  next(): Promise<IteratorResult<Change, undefined>>;
  return(): Promise<IteratorReturnResult<undefined>>;
}

function keyOf(watch: Watch): string {
  if ("id" in watch) return `${watch.topic}#${watch.id}`;
  return "parentId" in watch ? `${watch.topic}@${watch.parentId}` : watch.topic;
}

/** Hands every change to the subscribers of this server who watch its row, its parent or its topic. */
export class Changes {
  private readonly streams = new Map<string, Set<CoalescingStream>>();
  /** Changes of those parents that somebody asked the version of. */
  private readonly counts = new Map<string, number>();
  private epoch = randomUUID();

  publish(change: Change): void {
    const { topic, id, parentId } = change;
    const ofParent = `${topic}@${parentId}`;
    const count = this.counts.get(ofParent);
    if (count !== undefined) this.counts.set(ofParent, count + 1);
    const keys = [topic, `${topic}#${id}`, ofParent];
    for (const key of keys) for (const stream of this.streams.get(key) ?? []) stream.offer(change);
  }

  /** A text that is another one after every change of a parent's rows, and on every server: equal ones say that nothing has changed. */
  versionOf(topic: string, parentId: string): string {
    const key = keyOf({ topic, parentId });
    const count = this.counts.get(key) ?? 0;
    this.counts.set(key, count);
    return `${this.epoch}.${count}`;
  }

  /** Changes were missed: no version of before is true any more. */
  missed(): void {
    this.epoch = randomUUID();
    this.counts.clear();
  }

  /**
   * Changes from now on. Watching one row begins with an event for the row as it is, so nothing falls between.
   * @param wanted those that are to be heard of; all by default
   */
  watch(watch: Watch, wanted: (change: Change) => boolean = () => true): ChangeStream {
    const key = keyOf(watch);
    const streams = this.streams.get(key) ?? new Set();
    const stream = new CoalescingStream(wanted, () => {
      streams.delete(stream);
      if (streams.size === 0) this.streams.delete(key);
    });
    this.streams.set(key, streams.add(stream));
    if ("id" in watch) stream.offer({ topic: watch.topic, id: watch.id, parentId: null });
    return stream;
  }
}

/**
 * Changes wait here as a set of rows, not as a queue: a slow subscriber gets each row's last state and holds no more than
 * one entry a row. They leave in batches with a pause between.
 */
class CoalescingStream implements ChangeStream {
  private readonly waiting = new Map<string, Change>();
  private batch: Change[] = [];
  private nextBatchAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private reader: ((result: IteratorResult<Change, undefined>) => void) | undefined;
  private ended = false;
  constructor(
    private readonly wanted: (change: Change) => boolean,
    private readonly onEnd: () => void,
  ) {}

  offer(change: Change): void {
    if (!this.wanted(change)) return;
    this.waiting.set(change.id, change);
    this.deliver();
  }

  next(): Promise<IteratorResult<Change, undefined>> {
    return new Promise((resolve) => {
      this.reader = resolve;
      this.deliver();
    });
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    if (!this.ended) this.onEnd();
    this.ended = true;
    this.deliver();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private deliver(): void {
    if (this.ended) {
      clearTimeout(this.timer);
      this.answer({ done: true, value: undefined });
      return;
    }
    if (!this.reader) return;
    if (this.batch.length === 0 && this.waiting.size > 0 && this.mayBegin()) {
      this.batch = [...this.waiting.values()];
      this.waiting.clear();
      this.nextBatchAt = Date.now() + PAUSE_MS;
    }
    const value = this.batch.shift();
    if (value) this.answer({ done: false, value });
  }

  /** Whether the pause is over; if not, delivery is tried again at its end. */
  private mayBegin(): boolean {
    const wait = this.nextBatchAt - Date.now();
    if (wait <= 0) return true;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.deliver();
    }, wait);
    return false;
  }

  private answer(result: IteratorResult<Change, undefined>): void {
    const { reader } = this;
    this.reader = undefined;
    reader?.(result);
  }
}
