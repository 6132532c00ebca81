/** `npm run bench [-- NAME ...] [--json FILE]`: ratios, each measured side by side in one run. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ablation } from "./ablation.ts";
import type { Benchmark, BenchmarkResult } from "./benchmark.ts";
import { frechet } from "./frechet.ts";
import { history } from "./history.ts";
import { closeLaboratory } from "./laboratory.ts";
import { logSamples } from "./log-samples.ts";
import { pageExperiment } from "./page-experiment.ts";
import { pageGrid } from "./page-grid.ts";
import { policyTrainGemm } from "./policy-train-gemm.ts";
import { roundPages } from "./round-pages.ts";
import { rplTrainGemm } from "./rpl-train-gemm.ts";
import { sampling } from "./sampling.ts";
import { scoring } from "./scoring.ts";
import { smallRequests } from "./small-requests.ts";
import { votes } from "./votes.ts";

const BENCHMARKS: Benchmark[] = [
  rplTrainGemm,
  policyTrainGemm,
  sampling,
  frechet,
  scoring,
  logSamples,
  smallRequests,
  ...roundPages,
  ...pageGrid,
  ...pageExperiment,
  history,
  votes,
  ablation,
];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "string" } } });
const unknown = positionals.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  process.stderr.write(`No benchmark ${unknown.join(", ")}; there are ${BENCHMARKS.map((b) => b.name).join(", ")}.\n`);
  process.exit(1);
}
const results: BenchmarkResult[] = [];
try {
  for (const benchmark of BENCHMARKS) {
    if (positionals.length > 0 && !positionals.includes(benchmark.name)) continue;
    const result = await benchmark.run();
    results.push(result);
    const { name, ratio, ours, reference, unit, how } = result;
    process.stdout.write(
      `${name.padEnd(16)} ${ratio.toFixed(3)}   ${ours.toFixed(1)} / ${reference.toFixed(1)} ${unit}   ${how}\n`,
    );
  }
} finally {
  await closeLaboratory();
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
