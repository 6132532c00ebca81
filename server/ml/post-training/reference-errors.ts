import type { Value } from "../onnx/graph.ts";
import { GraphBuilder } from "../onnx/operators.ts";
import { machineIsQuiet } from "../onnx/quiet.ts";
import { type Provider, Session } from "../onnx/session.ts";
import { at } from "../onnx/shape.ts";
import type { Batch } from "../onnx/trainer.ts";
import { flowShapes } from "../policies/flow/architecture.ts";
import { flowBatchSpecs, flowErrors } from "../policies/flow/flow-training.ts";
import type { FlowWeights } from "../policies/flow/weights-file.ts";

const INPUTS = ["image", "noise", "time", "timeFeatures", "text"];

/** The errors of the frozen reference of DPO, at the batches that the policy is trained on. */
export class ReferenceErrors {
  private constructor(
    private readonly session: Session,
    private readonly specs: readonly { name: string; shape: readonly number[] }[],
  ) {}

  static async create(
    weights: FlowWeights,
    { rows, provider, threads }: { rows: number; provider?: Provider; threads?: number },
  ): Promise<ReferenceErrors> {
    const g = new GraphBuilder();
    const values = new Map<string, Value>();
    const specs = flowBatchSpecs(weights.architecture, rows).filter(({ name }) => INPUTS.includes(name));
    for (const { name, shape } of specs) values.set(name, g.input(name, shape));
    for (const [name, shape] of flowShapes(weights.architecture)) {
      values.set(name, g.constant(weights.tensors.get(name) ?? new Float32Array(), shape));
    }
    const find = (name: string) => {
      const value = values.get(name);
      if (!value) throw new Error(`The reference has no "${name}".`);
      return value;
    };
    g.output("errors", flowErrors(g, find, weights.architecture));
    return new ReferenceErrors(await Session.create(g.encode(), { provider, threads, spin: machineIsQuiet() }), specs);
  }

  /** e_p - e_(p + B/2) for the pairs of the batch: [B/2] */
  async gaps(batch: Batch): Promise<Float32Array> {
    const feeds = this.specs.map(({ name, shape }) => {
      const data = batch[name];
      if (!data) throw new Error(`The batch has no "${name}".`);
      return [name, { dtype: "float32" as const, shape, data }] as const;
    });
    const { errors } = await this.session.run(Object.fromEntries(feeds));
    const all = Float32Array.from(errors?.data ?? [], Number);
    const half = all.length / 2;
    return Float32Array.from({ length: half }, (_, p) => at(all, p) - at(all, p + half));
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }
}
