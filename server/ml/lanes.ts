import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { FromLane, LaneMessage } from "./lane-thread.ts";

interface Lane<Result> {
  readonly worker: Worker;
  readonly waiting: Map<number, { resolve: (result: Result) => void; reject: (error: Error) => void }>;
  /** why its thread is no more */
  ended: Error | null;
}

/**
 * Worker threads that do the same work side by side, each on what it is given: see lane-thread.ts for their end. Threads
 * without work do not keep the process alive.
 */
export class Lanes<Request, Result, Hello> {
  private requests = 0;

  private constructor(
    private readonly lanes: readonly Lane<Result>[],
    /** what the first lane said when it was ready */
    readonly hello: Hello,
  ) {}

  /** Starts `count` threads of the file. Throws what the first of them throws. */
  static async start<Request, Result, Hello>(
    thread: URL,
    { count, workerData }: { count: number; workerData: unknown },
  ): Promise<Lanes<Request, Result, Hello>> {
    const workers = Array.from(
      { length: count },
      // no loaders: Node strips the types of the thread's files itself
      () => new Worker(thread, { workerData, execArgv: [] }),
    );
    try {
      const [first] = await Promise.all(workers.map((worker) => hello<Hello, Result>(worker)));
      if (first === undefined) throw new Error("There must be one lane or more.");
      return new Lanes(
        workers.map((worker) => toLane<Hello, Result>(worker)),
        first,
      );
    } catch (error) {
      // a thread that did start would keep the process alive
      for (const worker of workers) worker.unref();
      throw error;
    }
  }

  /** Requests worth having under way: one computing and one decoding in each lane. */
  get depth(): number {
    return 2 * this.lanes.length;
  }

  /** Gives the request to the lane with the least to do. */
  ask(request: Request, transfer: readonly ArrayBuffer[] = []): Promise<Result> {
    const lane = this.lanes.reduce((best, other) => (other.waiting.size < best.waiting.size ? other : best));
    const message: LaneMessage<Request> = { id: this.requests++, request };
    if (lane.ended) return Promise.reject(lane.ended);
    return new Promise((resolve, reject) => {
      lane.waiting.set(message.id, { resolve, reject });
      lane.worker.ref();
      lane.worker.postMessage(message, transfer);
    });
  }

  /** Ends the lanes after what they have to do. */
  async dispose(): Promise<void> {
    await Promise.all(
      this.lanes.map(async ({ worker, ended: before }) => {
        if (before) return;
        const ended = once(worker, "exit");
        worker.ref();
        worker.postMessage("close");
        await ended;
      }),
    );
  }
}

/** The lane's first message. Rejects where it can't start. */
async function hello<Hello, Result>(worker: Worker): Promise<Hello> {
  const [message]: FromLane<Hello, Result>[] = await once(worker, "message");
  if (message?.type !== "ready") throw new Error("The lane did not start.");
  return message.hello;
}

function toLane<Hello, Result>(worker: Worker): Lane<Result> {
  const waiting: Lane<Result>["waiting"] = new Map();
  const lane: Lane<Result> = { worker, waiting, ended: null };
  const end = (error: Error) => {
    lane.ended ??= error;
    for (const { reject } of waiting.values()) reject(lane.ended);
    waiting.clear();
  };
  worker.unref();
  worker.on("message", (message: FromLane<Hello, Result>) => {
    if (message.type === "ready") return;
    const request = waiting.get(message.id);
    waiting.delete(message.id);
    if (waiting.size === 0) worker.unref();
    if (message.type === "done") request?.resolve(message.result);
    else request?.reject(new Error(message.error));
  });
  worker.on("error", end);
  worker.on("exit", (code) => end(new Error(`The lane's thread ended with code ${code}.`)));
  return lane;
}
