/** Batches on their way at once for one key: one writes while the other's answers are read and the next is gathered. */
const LANES = 2;

interface Waiting<Request, Answer> {
  request: Request;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

interface Queue<Request, Answer> {
  waiting: Waiting<Request, Answer>[];
  lanes: number;
}

export interface GroupCommitOptions<Request, Answer> {
  /** Most rows of one batch; a request with more goes alone. */
  maxRows: number;
  rowsOf(request: Request): number;
  /** Stores all of the requests in one transaction, or throws and stores nothing. Answers in the order of the requests. */
  write(requests: Request[]): Promise<Answer[]>;
}

/**
 * Group commit: of many small writes that arrive at about the same time most wait for the disk, each for its own commit.
 * Here those that arrive while others are being written are stored by one statement and one commit together. An answer
 * means that the request is committed. When a batch fails, each of its requests is written alone, so a bad one fails
 * alone; `write` must therefore bear being repeated.
 */
export class GroupCommit<Request, Answer> {
  private readonly queues = new Map<string, Queue<Request, Answer>>();
  constructor(private readonly options: GroupCommitOptions<Request, Answer>) {}

  /** Stores a request together with others of the same key. @throws what `write` throws for this request alone */
  submit(key: string, request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const queue = this.queues.get(key) ?? { waiting: [], lanes: 0 };
      this.queues.set(key, queue);
      queue.waiting.push({ request, resolve, reject });
      if (queue.lanes < LANES) {
        queue.lanes++;
        // Not at once: requests that came with the same reading of the sockets belong into the same batch.
        setImmediate(() => void this.drain(key, queue));
      }
    });
  }

  private async drain(key: string, queue: Queue<Request, Answer>): Promise<void> {
    while (queue.waiting.length > 0) await this.commit(this.nextBatch(queue));
    queue.lanes--;
    if (queue.lanes === 0) this.queues.delete(key);
  }

  private nextBatch(queue: Queue<Request, Answer>): Waiting<Request, Answer>[] {
    let rows = 0;
    const beyond = queue.waiting.findIndex((one, place) => {
      rows += this.options.rowsOf(one.request);
      return place > 0 && rows > this.options.maxRows;
    });
    return queue.waiting.splice(0, beyond < 0 ? queue.waiting.length : beyond);
  }

  private async commit(batch: Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await this.options.write(batch.map((one) => one.request));
      for (const [i, one] of batch.entries()) one.resolve(answers[i] as Answer);
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else for (const one of batch) await this.commit([one]);
    }
  }
}

/**
 * For `write` to throw: some rows of several requests were there already, and what was new can't be told request by
 * request. Each is then written alone.
 */
export class PartlyThere extends Error {}
