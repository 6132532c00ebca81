import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { UserError } from "../../../shared/user-error.ts";
import { Lanes } from "../lanes.ts";
import type { Provider } from "../onnx/session.ts";
import { needsOf, type ScorerCard, type ScorerNeeds } from "./card.ts";
import { type Outcome, outcomeOf } from "./formulas.ts";
import { loadScorers, type ScorerProvenance } from "./loaded-scorer.ts";
import { PromptTexts } from "./prompt-texts.ts";
import type { PromptTokenizer } from "./prompt-tokens.ts";
import type { LaneItem, LaneOutcome, LaneRequest, LaneResult, TokenRow } from "./scorer-lane.ts";
import { type ScorerSettings, scorerSettings } from "./settings.ts";

/** Models of one lane up to which every core has a lane of its own; larger ones share one, and its cores. */
const SMALL_BYTES = 128 * 2 ** 20;
const MOST_LANES = 8;
/** Samples in a request to a lane; few where each may be decoded to many frames. */
const BATCH = { images: 16, clips: 2 };

/** What is scored. */
export interface ScorerItem {
  readonly key: string;
  /** a file (PNG, JPEG, WebP, GIF; an animated one is a clip), or a clip as one file for each frame */
  readonly media: Uint8Array | readonly Uint8Array[];
  /** for scorers that need one */
  readonly prompt?: string;
  /** the image to compare with, for scorers that need one */
  readonly reference?: Uint8Array;
}

export interface ScoredItem {
  readonly key: string;
  /** by the scorer's id, one for each scorer of the engine */
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

export interface OpenScorer {
  readonly card: ScorerCard;
  readonly needs: ScorerNeeds;
  readonly provenance: ScorerProvenance;
}

export interface ScoreOptions {
  /** Stops between two batches by throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

type ScorerLanes = Lanes<LaneRequest, LaneResult, null>;

/** One scorer as the engine runs it. */
interface Running extends OpenScorer {
  readonly tokenizer: PromptTokenizer | null;
  /** with a text model: its output for each distinct prompt */
  readonly texts: PromptTexts | null;
}

/**
 * Runs one or more scorers over one pass of samples: each file is decoded once, each prompt is embedded once. Images are
 * decoded and computed in threads of their own, so the caller's goes on meanwhile.
 */
export class ScorerEngine {
  /** frames decoded so far; references count too */
  decoded = 0;

  private constructor(
    private readonly lanes: ScorerLanes,
    private readonly running: readonly Running[],
  ) {}

  /**
   * Loads scorers by id, downloading what is to be downloaded.
   * @throws UserError BAD_INPUT for an unknown id, a bad card or a model that is not as its card says; SCORER_UNAVAILABLE
   *   where a file is not on this machine and can't be had
   */
  static async open(
    ids: readonly string[],
    { settings = scorerSettings(), provider = "cpu" }: { settings?: ScorerSettings; provider?: Provider } = {},
  ): Promise<ScorerEngine> {
    const loaded = await loadScorers(ids, settings);
    const paths = loaded.flatMap(({ lane }) => [lane.model.path, ...(lane.textModel ? [lane.textModel.path] : [])]);
    const small = (await totalBytes(paths)) <= SMALL_BYTES && provider === "cpu";
    const cores = availableParallelism();
    const workerData = { scorers: loaded.map(({ lane }) => lane), provider, threads: small ? 1 : cores };
    const thread = new URL("./scorer-lane.ts", import.meta.url);
    const count = small ? Math.min(cores, MOST_LANES) : 1;
    const lanes: ScorerLanes = await Lanes.start<LaneRequest, LaneResult, null>(thread, { count, workerData }).catch(
      (error: unknown) => {
        throw new UserError("BAD_INPUT", error instanceof Error ? error.message : String(error), "scorer");
      },
    );
    return new ScorerEngine(
      lanes,
      loaded.map(({ card, tokenizer, provenance }, i) => ({
        card,
        needs: needsOf(card),
        provenance,
        tokenizer,
        texts: card.textModel && tokenizer ? new PromptTexts(tokenizer, (rows) => embed(lanes, i, rows)) : null,
      })),
    );
  }

  get scorers(): readonly OpenScorer[] {
    return this.running;
  }

  /**
   * Scores any number of samples, in their order. What is wrong with one sample (a broken file, no prompt) is a failure of
   * its own; what is wrong with a model ends the run. Only a few batches of files are in memory at a time.
   */
  async *score(
    source: AsyncIterable<ScorerItem> | Iterable<ScorerItem>,
    { signal }: ScoreOptions = {},
  ): AsyncGenerator<ScoredItem> {
    const clips = this.running.some(({ card }) => card.sample.kind !== "image" && card.sample.kind !== "pair");
    const underWay: Promise<ScoredItem[]>[] = [];
    try {
      for await (const items of batches(source, clips ? BATCH.clips : BATCH.images)) {
        signal?.throwIfAborted();
        const scored = this.scoreBatch(items);
        scored.catch(() => undefined); // heard when its turn comes
        underWay.push(scored);
        if (underWay.length === this.lanes.depth) yield* await first(underWay);
      }
      while (underWay.length > 0) yield* await first(underWay);
    } finally {
      // nobody is left to hear it if a batch that is under way fails too
      await Promise.allSettled(underWay);
    }
  }

  /** Ends the threads after what they have to do. */
  dispose(): Promise<void> {
    return this.lanes.dispose();
  }

  private async scoreBatch(items: readonly ScorerItem[]): Promise<ScoredItem[]> {
    const requests = items.map((item) => this.laneItem(item));
    const texts = Promise.all(this.running.map((scorer) => scorer.texts?.of(promptsOf(items))));
    const asked = this.lanes.ask(
      { kind: "items", items: requests },
      requests.flatMap(({ media, reference }) => [...media, ...(reference ? [reference] : [])].map(bufferOf)),
    );
    const [embedded, { outcomes, decoded }] = await Promise.all([texts, asked]);
    this.decoded += decoded;
    return items.map(({ key, prompt }, i) => ({
      key,
      outcomes: new Map(
        this.running.map(({ card }, s) => {
          const text = prompt === undefined ? undefined : embedded[s]?.get(prompt);
          return [card.id, finished(card, outcomes[i]?.[s], text ?? null)];
        }),
      ),
    }));
  }

  private laneItem({ media, prompt, reference }: ScorerItem): LaneItem {
    const files = media instanceof Uint8Array ? [media] : media;
    return {
      media: files.map((bytes) => Uint8Array.from(bytes)),
      reference: reference ? Uint8Array.from(reference) : null,
      tasks: this.running.map(({ card, needs, tokenizer }) => {
        const refused = refusal(needs, { files, prompt, reference });
        const reads = card.model.inputs.ids !== undefined && refused === null && prompt !== undefined;
        return { refused, tokens: (reads && tokenizer?.encode(prompt)) || null };
      }),
    };
  }
}

/** What the batch that is longest under way gives; it counts as under way until it has. */
async function first(underWay: Promise<ScoredItem[]>[]): Promise<ScoredItem[]> {
  const scored = (await underWay[0]) ?? [];
  underWay.shift();
  return scored;
}

/** Why a scorer can't score a sample of these parts. */
function refusal(
  needs: ScorerNeeds,
  item: { files: readonly Uint8Array[]; prompt?: string; reference?: Uint8Array },
): string | null {
  if (item.files.length === 0) return "The sample has no frames.";
  if (needs.prompt && item.prompt === undefined) return "The scorer needs the prompt, and the sample has none.";
  if (needs.reference && !item.reference) return "The scorer needs a reference image, and the sample has none.";
  return null;
}

function finished(card: ScorerCard, outcome: LaneOutcome | undefined, text: Float32Array | null): Outcome {
  if (!outcome || "failure" in outcome)
    return { kind: "failure", reason: outcome?.failure ?? "The lane did not answer." };
  return outcomeOf(card, outcome.outputs, text);
}

const promptsOf = (items: readonly ScorerItem[]): string[] =>
  items.flatMap(({ prompt }) => (prompt === undefined ? [] : [prompt]));

const bufferOf = ({ buffer }: Uint8Array): ArrayBuffer => buffer as ArrayBuffer;

async function embed(lanes: ScorerLanes, scorer: number, rows: readonly TokenRow[]): Promise<readonly Float32Array[]> {
  return (await lanes.ask({ kind: "texts", scorer, rows })).texts;
}

async function totalBytes(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function* batches(
  source: AsyncIterable<ScorerItem> | Iterable<ScorerItem>,
  size: number,
): AsyncGenerator<ScorerItem[]> {
  let batch: ScorerItem[] = [];
  for await (const item of source) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
