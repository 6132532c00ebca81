import type { EntityManager } from "typeorm";
import { ArmSelection } from "../../shared/enums.ts";
import { RandomStream } from "../../shared/random.ts";
import { UserError } from "../../shared/user-error.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { BEST_SAMPLES, INSERT_ITEMS, PROMPTS, SAMPLES_BY_K, TAGS } from "./study.sql.ts";
import type { StudyRequest } from "./study-request.ts";

const PROMPT_STREAM = 61;
/** Tags that a refusal names. */
const SHOWN_TAGS = 20;

interface ChosenPrompt {
  id: string;
  position: number;
  text: string;
}
interface ArmSample {
  promptId: string;
  id: string;
  artifactSha256: string;
}
export interface Item {
  practice: boolean;
  promptId: string;
  promptPosition: number;
  armA: number;
  armB: number;
  sampleA: ArmSample;
  sampleB: ArmSample;
}
/** What a study would ask, from what the lab holds now. */
export interface StudyMaterial {
  promptSetId: string;
  items: Item[];
  /** Pairs that were left out because both arms show the very same image. */
  identical: number;
}

type Arm = StudyRequest["arms"][number];
type Prompts = Pick<StudyRequest, "promptTag" | "promptPositions" | "promptCount" | "seed">;

/** The prompt set that the arms have in common. @throws UserError NOT_FOUND, BAD_INPUT */
async function commonPromptSet(tx: EntityManager, arms: readonly Arm[]): Promise<string> {
  let common: string | undefined;
  for (const [i, { roundId, rewardModelId }] of arms.entries()) {
    const round = await tx.getRepository(Round).findOneBy({ id: roundId });
    if (!round) throw new UserError("NOT_FOUND", `No round ${roundId}.`, `arms[${i}].roundId`);
    if (rewardModelId && !(await tx.getRepository(RewardModel).existsBy({ id: rewardModelId })))
      throw new UserError("NOT_FOUND", `No reward model ${rewardModelId}.`, `arms[${i}].rewardModelId`);
    const { promptSetId } = await tx.getRepository(Experiment).findOneByOrFail({ id: round.experimentId });
    common ??= promptSetId;
    if (promptSetId !== common)
      throw new UserError(
        "BAD_INPUT",
        `arms[${i}].roundId: its prompt set is another than the first arm's; only samples of one prompt can be compared.`,
        `arms[${i}].roundId`,
      );
  }
  return common ?? "";
}

/** Sample of each prompt. @throws UserError ROUND_HAS_NO_SAMPLES, SAMPLES_NOT_SCORED */
async function samplesOf(tx: EntityManager, arm: Arm, field: string): Promise<Map<string, ArmSample>> {
  const best = arm.selection === ArmSelection.BEST_OF_K;
  const rows: ArmSample[] = best
    ? await tx.query(BEST_SAMPLES, [arm.roundId, arm.rewardModelId, arm.k])
    : await tx.query(SAMPLES_BY_K, [arm.roundId, arm.k]);
  if (rows.length === 0)
    throw best
      ? new UserError("SAMPLES_NOT_SCORED", `Arm "${arm.name}": the model has scored no sample of the round.`, field)
      : new UserError("ROUND_HAS_NO_SAMPLES", `Arm "${arm.name}": the round has no sample with k = ${arm.k}.`, field);
  return new Map(rows.map((row) => [row.promptId, row]));
}

/** @throws UserError TOO_FEW_ITEMS, with the tags there are */
async function refuseUnknownTag(tx: EntityManager, promptSetId: string, tag: string | null): Promise<void> {
  if (tag === null) return;
  const rows: { tag: string }[] = await tx.query(TAGS, [promptSetId]);
  const tags = rows.map((row) => row.tag);
  if (tags.includes(tag)) return;
  const known = tags.length > SHOWN_TAGS ? `${tags.slice(0, SHOWN_TAGS).join(", ")} and others` : tags.join(", ");
  throw new UserError(
    "TOO_FEW_ITEMS",
    `No prompt has the tag "${tag}". ${tags.length === 0 ? "The prompts have no tags." : `There are: ${known}.`}`,
    "promptTag",
  );
}

function chosen(
  candidates: ChosenPrompt[],
  { promptTag, promptPositions, promptCount, seed }: Prompts,
): ChosenPrompt[] {
  const found = new Set(candidates.map(({ position }) => position));
  const absent = promptPositions?.find((position) => !found.has(position));
  if (absent !== undefined)
    throw new UserError(
      "TOO_FEW_ITEMS",
      `Prompt ${absent} is not there, has not the tag, or has no sample of every arm.`,
      "promptPositions",
    );
  if (candidates.length === 0)
    throw new UserError(
      "TOO_FEW_ITEMS",
      promptTag === null
        ? "No prompt has a sample of every arm."
        : `No prompt with the tag "${promptTag}" has a sample of every arm.`,
      promptTag === null ? "arms" : "promptTag",
    );
  if (promptCount === null) return candidates;
  if (promptCount > candidates.length)
    throw new UserError(
      "TOO_FEW_ITEMS",
      `${promptCount} prompts are asked for and ${candidates.length} have a sample of every arm.`,
      "promptCount",
    );
  const order = new RandomStream(seed, PROMPT_STREAM).permutation(candidates.length);
  return [...order.slice(0, promptCount)].sort((a, b) => a - b).map((i) => candidates[i] as ChosenPrompt);
}

/**
 * Every pair of arms for every chosen prompt, and a pair to practise on: of a prompt that is not asked about, if there is one.
 * @throws UserError NOT_FOUND, BAD_INPUT, ROUND_HAS_NO_SAMPLES, SAMPLES_NOT_SCORED, TOO_FEW_ITEMS
 */
export async function gatherMaterial(tx: EntityManager, request: StudyRequest): Promise<StudyMaterial> {
  const { arms, promptTag, promptPositions, practice } = request;
  const promptSetId = await commonPromptSet(tx, arms);
  const samples: Map<string, ArmSample>[] = [];
  for (const [i, arm] of arms.entries()) samples.push(await samplesOf(tx, arm, `arms[${i}].roundId`));
  const everywhere = (prompt: ChosenPrompt) => samples.every((of) => of.has(prompt.id));
  await refuseUnknownTag(tx, promptSetId, promptTag);
  const all: ChosenPrompt[] = (await tx.query(PROMPTS, [promptSetId, null, null])).filter(everywhere);
  const wanted: ChosenPrompt[] = await tx.query(PROMPTS, [promptSetId, promptTag, promptPositions]);
  const asked = chosen(wanted.filter(everywhere), request);
  const pairOf = (prompt: ChosenPrompt, armA: number, armB: number): Item => ({
    practice: false,
    promptId: prompt.id,
    promptPosition: prompt.position,
    armA,
    armB,
    sampleA: samples[armA]?.get(prompt.id) as ArmSample,
    sampleB: samples[armB]?.get(prompt.id) as ArmSample,
  });
  const pairs = asked.flatMap((prompt) =>
    arms.flatMap((_, a) => arms.slice(a + 1).map((_, i) => pairOf(prompt, a, a + 1 + i))),
  );
  const items = pairs.filter(({ sampleA, sampleB }) => sampleA.artifactSha256 !== sampleB.artifactSha256);
  if (items.length === 0)
    throw new UserError(
      "TOO_FEW_ITEMS",
      "Both arms show the very same image everywhere; there is nothing to compare.",
      "arms",
    );
  const ids = new Set(asked.map((prompt) => prompt.id));
  const spare = all.find((prompt) => !ids.has(prompt.id)) ?? (asked[0] as ChosenPrompt);
  return {
    promptSetId,
    items: practice ? [{ ...pairOf(spare, 0, 1), practice: true }, ...items] : items,
    identical: pairs.length - items.length,
  };
}

export async function storeItems(tx: EntityManager, studyId: string, items: readonly Item[]): Promise<void> {
  const column = <T>(pick: (item: Item) => T) => items.map(pick);
  await tx.query("delete from study_items where study_id = $1", [studyId]);
  await tx.query(INSERT_ITEMS, [
    studyId,
    column((item) => item.practice),
    column((item) => item.promptId),
    column((item) => item.armA),
    column((item) => item.armB),
    column((item) => item.sampleA.id),
    column((item) => item.sampleB.id),
  ]);
}
