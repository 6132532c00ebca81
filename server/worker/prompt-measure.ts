import { isDeepStrictEqual } from "node:util";

/** A sample with what is recorded of it. */
export interface SampleRow {
  id: string;
  k: number;
  artifactSha256: string;
  metrics: { name: string; provenance: unknown }[];
}
export interface PromptRow {
  prompt: { id: string };
  samples: SampleRow[];
}

/** A series and what it says of the samples of a page. */
export interface Values {
  readonly provenance: Record<string, unknown>;
  readonly values: { sample: SampleRow; value: number }[];
}

/** Computes one metric of whole prompts. */
export interface Measure {
  of(prompts: readonly PromptRow[]): Promise<Values[]>;
  dispose(): Promise<void>;
}

/** Whether a sample has a value of a series already. */
export function isRecorded({ metrics }: SampleRow, name: string, provenance: Record<string, unknown>): boolean {
  const plain: unknown = JSON.parse(JSON.stringify(provenance)); // as the record gives it back
  return metrics.some((metric) => metric.name === name && isDeepStrictEqual(metric.provenance, plain));
}
