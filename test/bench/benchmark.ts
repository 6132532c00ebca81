/** One figure of `npm run bench`: a ratio of two things measured side by side in the same run. */
export interface Benchmark {
  readonly name: string;
  run(): Promise<BenchmarkResult>;
}

export interface BenchmarkResult {
  readonly name: string;
  /** ours / reference */
  readonly ratio: number;
  readonly ours: number;
  readonly reference: number;
  readonly unit: string;
  /** what was measured, in a sentence */
  readonly how: string;
}
