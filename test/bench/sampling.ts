import { prepareRun, Session } from "../../server/ml/onnx/session.ts";
import { elementCount } from "../../server/ml/onnx/shape.ts";
import { FLOW_32, initialFlowParameters, TIME_FEATURES } from "../../server/ml/policies/flow/architecture.ts";
import { FLOW_DEFAULTS, FlowSampler, samplingModel } from "../../server/ml/policies/flow/flow-sampler.ts";
import type { Benchmark } from "./benchmark.ts";
import { seconds } from "./gemm-peak.ts";

const ROUNDS = 10;

/** Images a second of the sampler over those of its forward passes alone, into given memory; in turns, the best of each. */
export const sampling: Benchmark = {
  name: "sampling",
  async run() {
    const tensors = new Map(initialFlowParameters(FLOW_32, 1).map(({ name, initial }) => [name, initial]));
    const weights = { architecture: FLOW_32, tensors };
    const policy = await FlowSampler.create(weights);
    const rows = 2 * policy.batch; // with and without the prompt
    const session = await Session.create(samplingModel(weights, rows));
    const floats = (shape: number[]) => ({
      dtype: "float32" as const,
      shape,
      data: new Float32Array(elementCount(shape)).fill(0.1),
    });
    const image = [rows, FLOW_32.imageSize, FLOW_32.imageSize, 3];
    const prepared = prepareRun(
      { noisy: floats(image), time: floats([rows, TIME_FEATURES]), text: floats([rows, FLOW_32.textFeatures]) },
      { image: floats(image) },
    );
    const requests = Array.from({ length: policy.batch }, (_, seed) => ({ prompt: "red heart", seed }));
    let [ours, bare] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < ROUNDS; round++) {
      ours = Math.min(ours, await seconds(() => policy.sample(requests, FLOW_DEFAULTS)));
      let passes = 0;
      for (let step = 0; step < FLOW_DEFAULTS.steps; step++) passes += await seconds(() => session.runInto(prepared));
      bare = Math.min(bare, passes);
    }
    await policy.dispose();
    await session.dispose();
    return {
      name: "sampling",
      ratio: bare / ours,
      ours: requests.length / ours,
      reference: requests.length / bare,
      unit: "images/s",
      how: `${requests.length} prompts drawn in ${FLOW_DEFAULTS.steps} steps with guidance (${((ours / requests.length) * 1e3).toFixed(0)} ms each) over ${FLOW_DEFAULTS.steps} forward passes of ${rows} rows alone, in turns, best of ${ROUNDS}`,
    };
  },
};
