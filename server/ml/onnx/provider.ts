import { GraphBuilder } from "./operators.ts";
import { PROVIDERS, type Provider, Session } from "./session.ts";

/** A provider by name, or "auto": the first of CUDA, WebGPU, CPU that loads. */
export type ProviderSetting = Provider | "auto";

export interface ProviderChoice {
  readonly provider: Provider;
  /** with "auto", those tried before, and why not */
  readonly refused: readonly { readonly provider: Provider; readonly reason: string }[];
}

/**
 * Finds out what loads on this machine. The runtime does not fall back by itself: an unavailable provider throws even with
 * "cpu" listed after it, so each is tried alone, on a model of one node. Throws where a provider asked for by name does not load.
 */
export async function chooseProvider(setting: ProviderSetting): Promise<ProviderChoice> {
  if (setting === "cpu") return { provider: "cpu", refused: [] }; // part of every build of the runtime
  const refused: { provider: Provider; reason: string }[] = [];
  for (const provider of setting === "auto" ? PROVIDERS : [setting]) {
    const reason = await reasonAgainst(provider);
    if (reason === undefined) return { provider, refused };
    refused.push({ provider, reason });
  }
  const reasons = refused.map(({ provider, reason }) => `${provider}: ${reason}`).join("; ");
  throw new Error(`ONNX Runtime can't compute on this machine as asked (${setting}). ${reasons}`);
}

async function reasonAgainst(provider: Provider): Promise<string | undefined> {
  const g = new GraphBuilder();
  g.output("y", g.relu(g.input("x", [1])));
  try {
    const session = await Session.create(g.encode(), { provider });
    await session.run({ x: { dtype: "float32", shape: [1], data: Float32Array.of(1) } });
    await session.dispose();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
