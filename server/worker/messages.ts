export interface LeasedJob {
  id: string;
  kind: string;
  input: Record<string, unknown>;
  checkpoint: Record<string, unknown> | null;
}

/** What the process of a job tells its supervisor. */
export type FromJob =
  | { type: "progress"; progress: number; message: string }
  | { type: "log"; line: string }
  | { type: "checkpoint"; checkpoint: Record<string, unknown> }
  | { type: "done"; result: Record<string, unknown> }
  | { type: "failed"; error: string; final: boolean };
