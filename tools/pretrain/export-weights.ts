/** npx tsx tools/pretrain/export-weights.ts CHECKPOINT: writes the averaged weights of a pretraining run as BASE_WEIGHTS, in float16. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { BASE_WEIGHTS } from "../../server/ml/policies/base-weights.ts";
import { encodeFlowWeights } from "../../server/ml/policies/flow/weights-file.ts";
import { readWeights } from "./checkpoint.ts";

const [checkpoint] = process.argv.slice(2);
if (!checkpoint) throw new Error("Which checkpoint?");
const weights = readWeights(checkpoint);
const bytes = encodeFlowWeights(weights, "float16");
writeFileSync(BASE_WEIGHTS, bytes);
console.log(
  `step ${weights.step}, ${bytes.length} bytes, sha256 ${createHash("sha256").update(bytes).digest("hex")}, to ${BASE_WEIGHTS}`,
);
