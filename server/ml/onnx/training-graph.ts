import { type AdamWOptions, type AdamWState, adamwNodes, averageNode, clipNodes } from "./adamw.ts";
import { differentiate } from "./gradients.ts";
import type { Value } from "./graph.ts";
import { GraphBuilder } from "./operators.ts";
import { at, elementCount } from "./shape.ts";
import type { TrainingProgram, TrainingState } from "./trainer.ts";

/** Names of the optimiser's state beside the parameter's own. */
export const meanName = (parameter: string): string => `adamw.mean.${parameter}`;
export const squareName = (parameter: string): string => `adamw.square.${parameter}`;
/** The moving average of a parameter, where one is kept. */
export const averageName = (parameter: string): string => `ema.${parameter}`;
export const nextName = (name: string): string => `next.${name}`;
export const gradientName = (parameter: string): string => `gradient.${parameter}`;

/** Loss, gradients and next buffers of one step. */
export function gradientModel(program: TrainingProgram): Uint8Array {
  const g = new GraphBuilder();
  const values = declareInputs(g, [...program.parameters, ...program.buffers, ...program.batch]);
  const { loss, buffers } = program.build(g, lookUp(values));
  g.output("loss", g.reshape(loss, [1]));
  const gradients = differentiate(
    g,
    loss,
    program.parameters.map((p) => lookUp(values)(p.name)),
  );
  for (const [i, p] of program.parameters.entries()) g.output(gradientName(p.name), at(gradients, i));
  for (const buffer of program.buffers) g.output(nextName(buffer.name), nextBuffer(buffers, buffer.name));
  return g.encode({ writesInto: true });
}

/** A whole step with the optimiser as nodes. Inputs: the state, the batch, `schedule` [4]. Outputs: loss and next.* */
export function stepModel(program: TrainingProgram, options: AdamWOptions): Uint8Array {
  const g = new GraphBuilder();
  const state = declareInputs(g, stateSpecs(program, options));
  const values = new Map([...state, ...declareInputs(g, program.batch)]);
  const { loss, next } = stepNodes(g, { program, options }, { values, schedule: g.input("schedule", [4]) });
  g.output("loss", g.reshape(loss, [1]));
  for (const [name, value] of next) g.output(nextName(name), value);
  return g.encode();
}

/** S steps in one run: batch inputs gain a leading axis of S, `schedule` is [S, 4], `losses` [S]. */
export function loopModel(program: TrainingProgram, options: AdamWOptions, steps: number): Uint8Array {
  const g = new GraphBuilder();
  const state = declareInputs(g, stateSpecs(program, options));
  const names = [...state.keys()];
  const batches = program.batch.map((spec) => g.input(spec.name, [steps, ...spec.shape], spec.dtype));
  const schedule = g.input("schedule", [steps, 4]);
  const result = g.loop(steps, [...state.values()], (body, iteration, current) => {
    const values = new Map(names.map((name, i) => [name, at(current, i)]));
    for (const [i, spec] of program.batch.entries()) values.set(spec.name, body.gather(at(batches, i), iteration));
    const row = body.gather(schedule, iteration);
    const { loss, next } = stepNodes(body, { program, options }, { values, schedule: row });
    return { state: names.map((name) => lookUp(next)(name)), collect: [loss] };
  });
  for (const [i, name] of names.entries()) g.output(nextName(name), at(result.state, i));
  g.output("losses", at(result.collected, 0));
  return g.encode();
}

/** All tensors of a training state in a fixed order, with their start values. */
export function stateSpecs(program: TrainingProgram, options: AdamWOptions) {
  const zeros = program.parameters.flatMap(({ name, shape }) =>
    [meanName(name), squareName(name)].map((own) => ({
      name: own,
      shape,
      initial: new Float32Array(elementCount(shape)),
    })),
  );
  const averages = options.ema === undefined ? [] : program.parameters;
  return [
    ...program.parameters,
    ...program.buffers,
    ...zeros,
    ...averages.map(({ name, shape, initial }) => ({ name: averageName(name), shape, initial })),
  ];
}

/** The tensor of a state, checked. */
export function stateTensor(state: TrainingState, spec: { name: string; shape: readonly number[] }): Float32Array {
  const tensor = state.tensors.get(spec.name);
  if (tensor?.data.length !== elementCount(spec.shape)) {
    const found = tensor ? `[${tensor.shape}]` : "nothing";
    throw new Error(`The checkpoint holds ${found} for "${spec.name}", the model wants [${spec.shape}].`);
  }
  return tensor.data;
}

type Values = ReadonlyMap<string, Value>;

function stepNodes(
  g: GraphBuilder,
  { program, options }: { program: TrainingProgram; options: AdamWOptions },
  { values, schedule }: { values: Values; schedule: Value },
): { loss: Value; next: Map<string, Value> } {
  const find = lookUp(values);
  const { loss, buffers } = program.build(g, find);
  const gradients = differentiate(
    g,
    loss,
    program.parameters.map((p) => find(p.name)),
  );
  const [decay, step, unbias, keep] = g.split(schedule, [1, 1, 1, 1], 0).map((number) => g.reshape(number, []));
  if (!decay || !step || !unbias || !keep) throw new Error("The schedule has four numbers.");
  const scale = options.clipNorm === undefined ? undefined : clipNodes(g, gradients, options.clipNorm);
  const next = new Map<string, Value>();
  for (const [i, { name, decayed = true }] of program.parameters.entries()) {
    const state: AdamWState = {
      weight: find(name),
      gradient: at(gradients, i),
      mean: find(meanName(name)),
      square: find(squareName(name)),
    };
    const updated = adamwNodes(g, { ...state, decayed }, { decay, step, unbias, scale }, options);
    next.set(name, updated.weight).set(meanName(name), updated.mean).set(squareName(name), updated.square);
    if (options.ema !== undefined) {
      const own = { average: find(averageName(name)), weight: updated.weight };
      next.set(averageName(name), averageNode(g, own, keep));
    }
  }
  for (const { name } of program.buffers) next.set(name, nextBuffer(buffers, name));
  return { loss: g.reshape(loss, []), next };
}

function declareInputs(
  g: GraphBuilder,
  specs: readonly { name: string; shape: readonly number[]; dtype?: "float32" | "int64" }[],
): Map<string, Value> {
  return new Map(specs.map((spec) => [spec.name, g.input(spec.name, spec.shape, spec.dtype)]));
}

function lookUp(values: Values): (name: string) => Value {
  return (name) => {
    const value = values.get(name);
    if (!value) throw new Error(`The training program has no "${name}".`);
    return value;
  };
}

function nextBuffer(buffers: Readonly<Record<string, Value>>, name: string): Value {
  const value = buffers[name];
  if (!value) throw new Error(`The forward pass does not give the next value of "${name}".`);
  return value;
}
