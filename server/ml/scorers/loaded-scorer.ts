import { basename } from "node:path";
import { UserError } from "../../../shared/user-error.ts";
import type { ScorerCard } from "./card.ts";
import { type LocatedCard, readCards } from "./card-files.ts";
import { filesOf, type LocalFile, obtainFile } from "./model-files.ts";
import { PromptTokenizer } from "./prompt-tokens.ts";
import type { LaneModel, LaneScorer } from "./scorer-lane.ts";
import type { ScorerSettings } from "./settings.ts";

/** What fixes a scorer's number: recorded with it, and equal where two numbers may be compared. */
export interface ScorerProvenance {
  readonly computedBy: "gan-rm-lab scorers";
  readonly scorer: string;
  readonly version: string;
  /** sha256 by the file's name */
  readonly files: Readonly<Record<string, string>>;
  readonly preprocessing: ScorerCard["preprocessing"];
  readonly sample: ScorerCard["sample"];
  readonly text: { readonly maxLength: number; readonly padId: number; readonly prefix: string } | null;
  readonly formula: ScorerCard["formula"];
}

/** A card whose files are on this machine. */
export interface LoadedScorer {
  readonly card: ScorerCard;
  readonly provenance: ScorerProvenance;
  readonly lane: LaneScorer;
  readonly tokenizer: PromptTokenizer | null;
}

/** The scorers' files, downloaded where need be. Throws as `ScorerEngine.open` says. */
export async function loadScorers(ids: readonly string[], settings: ScorerSettings): Promise<LoadedScorer[]> {
  const loaded: LoadedScorer[] = [];
  for (const located of await findCards(ids, settings)) loaded.push(await loadScorer(located, settings));
  return loaded;
}

async function findCards(ids: readonly string[], settings: ScorerSettings): Promise<LocatedCard[]> {
  const { cards, broken } = await readCards(settings);
  return [...new Set(ids)].map((id) => {
    const card = cards.get(id);
    if (card) return card;
    const known = `there are ${[...cards.keys()].join(", ")}`;
    const bad = broken.map(({ source, reason }) => ` ${source} is no scorer card: ${reason}`).join("");
    throw new UserError("BAD_INPUT", `There is no scorer "${id}"; ${known}.${bad}`, "scorer");
  });
}

async function loadScorer(located: LocatedCard, settings: ScorerSettings): Promise<LoadedScorer> {
  const { card } = located;
  const files = new Map<string, LocalFile>();
  for (const [role, spec] of filesOf(located)) files.set(role, await obtainFile(spec, located, settings));
  const laneModel = (role: "model" | "textModel"): LaneModel | undefined => {
    const [file, spec] = [files.get(role), card[role]];
    return file && spec && { path: file.path, inputs: spec.inputs, output: spec.output };
  };
  const model = laneModel("model");
  if (!model) throw new Error("A card has a model.");
  const { id, sample, preprocessing, runSize, text } = card;
  const lane: LaneScorer = { id, model, textModel: laneModel("textModel"), sample, preprocessing, runSize };
  const tokenizerFile = files.get("text.tokenizer");
  const tokenizer = text && tokenizerFile ? await PromptTokenizer.load(tokenizerFile.path, text) : null;
  return { card, lane, tokenizer, provenance: provenanceOf(located, files) };
}

function provenanceOf(located: LocatedCard, files: ReadonlyMap<string, LocalFile>): ScorerProvenance {
  const { card } = located;
  const hashes: Record<string, string> = {};
  for (const [role, spec] of filesOf(located)) {
    const file = files.get(role);
    hashes[basename(spec.file)] = file?.sha256 ?? "";
    Object.assign(hashes, file?.data);
  }
  const { text } = card;
  return {
    computedBy: "gan-rm-lab scorers",
    scorer: card.id,
    version: card.version,
    files: hashes,
    preprocessing: card.preprocessing,
    sample: card.sample,
    text: text ? { maxLength: text.maxLength, padId: text.padId, prefix: text.prefix } : null,
    formula: card.formula,
  };
}
