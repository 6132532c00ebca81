/** A worker thread of the scorer engine: decodes samples once and runs every scorer's model on them. */
import { workerData } from "node:worker_threads";
import { reasonOf, serveLane } from "../lane-thread.ts";
import { type Provider, Session, type TensorValue } from "../onnx/session.ts";
import type { ModelSpec, SampleKind, ScorerPreprocessing } from "./card.ts";
import { Media } from "./media.ts";
import { type Picture, packClips, packPictures } from "./prepare.ts";

export interface LaneModel {
  readonly path: string;
  readonly inputs: ModelSpec["inputs"];
  readonly output: string;
}

/** What a lane needs of a card. */
export interface LaneScorer {
  readonly id: string;
  readonly model: LaneModel;
  readonly textModel?: LaneModel;
  readonly sample: SampleKind;
  readonly preprocessing: ScorerPreprocessing;
  readonly runSize: number;
}

export interface LaneSettings {
  readonly scorers: readonly LaneScorer[];
  readonly provider: Provider;
  /** of each session */
  readonly threads: number;
}

/** A prompt as a model reads it, both [maxLength]. */
export interface TokenRow {
  readonly ids: BigInt64Array;
  readonly mask: BigInt64Array;
}

export interface LaneItem {
  readonly media: readonly Uint8Array[];
  readonly reference: Uint8Array | null;
  /** for each scorer: its tokens where its model reads them, and why it can't score this item at all */
  readonly tasks: readonly { readonly tokens: TokenRow | null; readonly refused: string | null }[];
}

export type LaneRequest =
  | { readonly kind: "items"; readonly items: readonly LaneItem[] }
  | { readonly kind: "texts"; readonly scorer: number; readonly rows: readonly TokenRow[] };

/** For an item and a scorer: the model's output for each unit, or why there is none. */
export type LaneOutcome = { readonly outputs: readonly Float32Array[] } | { readonly failure: string };

export interface LaneResult {
  /** "items": [item][scorer] */
  readonly outcomes: readonly (readonly LaneOutcome[])[];
  /** "texts": a row for each text */
  readonly texts: readonly Float32Array[];
  /** frames decoded */
  readonly decoded: number;
}

interface Unit {
  readonly item: number;
  readonly pictures: readonly Picture[];
  readonly reference: Picture | null;
  readonly tokens: TokenRow | null;
}

/** Texts in a run of a text model. */
const TEXT_RUN_SIZE = 16;

/** A model that is loaded, and what to say of it when it fails. */
interface OpenModel {
  readonly scorer: string;
  readonly session: Session;
  readonly spec: LaneModel;
}

const settings: LaneSettings = workerData;
const scorers = await Promise.all(
  settings.scorers.map(async (scorer) => ({
    scorer,
    model: await openModel(scorer.id, scorer.model),
    textModel: scorer.textModel ? await openModel(scorer.id, scorer.textModel) : null,
  })),
);

serveLane<LaneRequest, LaneResult, null>({
  hello: null,
  answer: async (request) =>
    request.kind === "items"
      ? scoreItems(request.items)
      : { outcomes: [], texts: await embedTexts(request.scorer, request.rows), decoded: 0 },
  close: async () => {
    for (const { model, textModel } of scorers) {
      await model.session.dispose();
      await textModel?.session.dispose();
    }
  },
});

/** Throws where the file is no model or has other inputs and outputs than the card names. */
async function openModel(scorer: string, spec: LaneModel): Promise<OpenModel> {
  const { path, inputs, output } = spec;
  const { provider, threads } = settings;
  const session = await Session.create(path, { provider, threads, optimisation: "all" }).catch((error: unknown) => {
    throw new Error(`Scorer "${scorer}": ${path} can't be loaded: ${reasonOf(error)}`);
  });
  const { mask, ...wanted } = inputs;
  const needed = Object.values(wanted);
  const lacks = needed.some((name) => !session.inputNames.includes(name));
  if (lacks || session.inputNames.some((name) => name !== mask && !needed.includes(name)))
    throw new Error(
      `Scorer "${scorer}": ${path} has the inputs ${session.inputNames.join(", ")}; the card names ${Object.values(inputs).join(", ")}.`,
    );
  if (!session.outputNames.includes(output))
    throw new Error(
      `Scorer "${scorer}": ${path} has the outputs ${session.outputNames.join(", ")}; the card names ${output}.`,
    );
  return { scorer, session, spec };
}

async function scoreItems(items: readonly LaneItem[]): Promise<LaneResult> {
  const media = items.map((item) => new Media(item.media));
  const references = items.map((item) => (item.reference ? new Media([item.reference]) : null));
  const prepared = await Promise.all(
    scorers.map(({ scorer }, s) =>
      Promise.all(items.map((item, i) => unitsOf(scorer, { task: item.tasks[s], item: i, media, references }))),
    ),
  );
  const outcomes: LaneOutcome[][] = items.map(() => []);
  for (const [s, { scorer, model }] of scorers.entries()) {
    const perItem = prepared[s] ?? [];
    const whole = perItem.flatMap((units) => (typeof units === "string" ? [] : units));
    const rows = await runUnits(scorer, model, whole);
    for (const [i, units] of perItem.entries())
      outcomes[i]?.push(typeof units === "string" ? { failure: units } : { outputs: rows.splice(0, units.length) });
  }
  const decoded = [...media, ...references].reduce((sum, one) => sum + (one?.decoded ?? 0), 0);
  return { outcomes, texts: [], decoded };
}

/** The item's units for one scorer, or why it has none. */
async function unitsOf(
  { sample, preprocessing }: LaneScorer,
  from: {
    readonly task: LaneItem["tasks"][number] | undefined;
    readonly item: number;
    readonly media: readonly Media[];
    readonly references: readonly (Media | null)[];
  },
): Promise<Unit[] | string> {
  const { task, item } = from;
  if (task?.refused) return task.refused;
  try {
    const units = (await from.media[item]?.units(sample, preprocessing)) ?? [];
    const tokens = task?.tokens ?? null;
    if (sample.kind !== "pair") {
      // the second frame of a pair of frames is its reference
      const paired = sample.kind === "frame-pairs";
      return units.map((pictures) => ({ item, pictures, reference: paired ? (pictures[1] ?? null) : null, tokens }));
    }
    const reference = await from.references[item]?.units(sample, preprocessing).catch((error: unknown) => {
      throw new Error(`The reference image: ${reasonOf(error)}`);
    });
    return units.map((pictures) => ({ item, pictures, reference: reference?.[0]?.[0] ?? null, tokens }));
  } catch (error) {
    return reasonOf(error);
  }
}

async function runUnits(scorer: LaneScorer, model: OpenModel, units: readonly Unit[]): Promise<Float32Array[]> {
  const { inputs } = scorer.model;
  const rows: Float32Array[] = [];
  for (let start = 0; start < units.length; start += scorer.runSize) {
    const run = units.slice(start, start + scorer.runSize);
    const tokens = run.flatMap((unit) => (unit.tokens ? [unit.tokens] : []));
    const feeds = tokenInputs(model, tokens);
    if (inputs.image) feeds[inputs.image] = imageInput(scorer, run);
    if (inputs.reference) {
      const references = run.flatMap(({ reference }) => (reference ? [reference] : []));
      feeds[inputs.reference] = packPictures(references, scorer.preprocessing);
    }
    rows.push(...(await runModel(model, feeds, run.length)));
  }
  return rows;
}

function imageInput({ sample, preprocessing }: LaneScorer, run: readonly Unit[]): TensorValue {
  const pictures = run.map((unit) => unit.pictures);
  if (sample.kind === "clip") return packClips(pictures, preprocessing, sample.layout);
  return packPictures(
    pictures.flatMap(([first]) => (first ? [first] : [])),
    preprocessing,
  );
}

async function embedTexts(index: number, texts: readonly TokenRow[]): Promise<Float32Array[]> {
  const model = scorers[index]?.textModel;
  if (!model) throw new Error("The scorer has no text model.");
  const rows: Float32Array[] = [];
  for (let start = 0; start < texts.length; start += TEXT_RUN_SIZE) {
    const run = texts.slice(start, start + TEXT_RUN_SIZE);
    rows.push(...(await runModel(model, tokenInputs(model, run), run.length)));
  }
  return rows;
}

function tokenInputs({ session, spec }: OpenModel, rows: readonly TokenRow[]): Record<string, TensorValue> {
  const packed = (part: "ids" | "mask"): TensorValue => {
    const length = rows[0]?.[part].length ?? 0;
    const data = new BigInt64Array(rows.length * length);
    for (const [i, row] of rows.entries()) data.set(row[part], i * length);
    return { dtype: "int64", shape: [rows.length, length], data };
  };
  const { ids, mask } = spec.inputs;
  const feeds: Record<string, TensorValue> = {};
  if (ids) feeds[ids] = packed("ids");
  if (mask && session.inputNames.includes(mask)) feeds[mask] = packed("mask");
  return feeds;
}

/** The model's output [n, ...] as n rows. */
async function runModel(
  { scorer, session, spec }: OpenModel,
  feeds: Record<string, TensorValue>,
  n: number,
): Promise<Float32Array[]> {
  const outputs = await session.run(feeds).catch((error: unknown) => {
    throw new Error(`Scorer "${scorer}": ${spec.path} can't be run: ${reasonOf(error)}`);
  });
  const output = outputs[spec.output];
  if (!(output?.data instanceof Float32Array) || output.shape[0] !== n)
    throw new Error(
      `Scorer "${scorer}": the output ${spec.output} must be float32 [${n}, ...], not ${output?.dtype} [${output?.shape}].`,
    );
  const { data } = output;
  const width = data.length / n;
  return Array.from({ length: n }, (_, i) => data.slice(i * width, (i + 1) * width));
}
