import type { ApiClient } from "../../shared/api-client.ts";
import type { Provider } from "../ml/onnx/session.ts";

/** What a job's handler is given. It runs in a process of its own, which a cancel kills. */
export interface JobRun {
  input: unknown;
  /** Where the last attempt stopped; null at the first. */
  checkpoint: Record<string, unknown> | null;
  client: ApiClient;
  /** Where to compute. */
  provider: Provider;
  report(progress: number, message: string): void;
  log(line: string): void;
  /** Recorded with the next heartbeat; another worker would resume from here. */
  saveCheckpoint(checkpoint: Record<string, unknown>): void;
}

/** Does the work and returns the result that the kind's contract describes. */
export type JobHandler = (run: JobRun) => Promise<Record<string, unknown>>;
