import type { Provider } from "../onnx/session.ts";
import { loadDiffusersPolicy } from "./diffusers/diffusers-policy.ts";
import { FlowSampler } from "./flow/flow-sampler.ts";
import { decodeFlowWeights } from "./flow/weights-file.ts";
import type { LoadedPolicy, PolicySource } from "./policy.ts";

/** Throws where the weights are not a policy's, or the provider does not load. */
export async function loadPolicy(
  source: PolicySource,
  options: { provider?: Provider; threads?: number } = {},
): Promise<LoadedPolicy> {
  if ("folder" in source) return loadDiffusersPolicy(source.folder, options);
  return FlowSampler.create(decodeFlowWeights(source.weights), options);
}
