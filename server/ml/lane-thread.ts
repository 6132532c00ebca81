/** The thread's end of `Lanes`. Threads load this file without a compiler, so it holds erasable TypeScript only. */
import { parentPort } from "node:worker_threads";

export type FromLane<Hello, Result> =
  | { type: "ready"; hello: Hello }
  | { type: "done"; id: number; result: Result }
  | { type: "failed"; id: number; error: string };

export interface LaneMessage<Request> {
  readonly id: number;
  readonly request: Request;
}

/** Answers every request with what `answer` gives or throws, as they come in, until the lane is closed. */
export function serveLane<Request, Result, Hello>(lane: {
  readonly hello: Hello;
  readonly answer: (request: Request) => Promise<Result>;
  readonly close: () => Promise<void>;
}): void {
  const send = (message: FromLane<Hello, Result>) => parentPort?.postMessage(message);
  parentPort?.on("message", async (message: LaneMessage<Request> | "close") => {
    if (message === "close") {
      await lane.close();
      parentPort?.close();
      return;
    }
    const { id, request } = message;
    try {
      send({ type: "done", id, result: await lane.answer(request) });
    } catch (error) {
      send({ type: "failed", id, error: reasonOf(error) });
    }
  });
  send({ type: "ready", hello: lane.hello });
}

/** First line of what a decoder or the runtime said. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n")[0] ?? message;
}
