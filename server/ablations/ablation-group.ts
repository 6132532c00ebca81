import type { EntityManager } from "typeorm";
import { UserError } from "../../shared/user-error.ts";
import type { RewardModelService, TrainingSet } from "../reward-models/reward-model.service.ts";
import { Round } from "../rounds/round.entity.ts";
import type { Ablation } from "./ablation.entity.ts";
import { CANDIDATES } from "./ablation.sql.ts";

/** One of the images that the models choose among. */
export interface Candidate {
  promptPosition: number;
  k: number;
  artifactSha256: string;
}

/** What the models of a group are trained on and held out from; BOOTSTRAP's second stage labels the pool. */
export interface GroupTrainingSet extends TrainingSet {
  pool: string[];
}

/** An ablation of other samples would be another question. @throws UserError CONFLICT when the round got more of them */
export async function mustHaveSameSamples(
  db: EntityManager,
  { roundId, sampleCount }: Ablation,
  field: string,
): Promise<void> {
  const round = await db.getRepository(Round).findOneByOrFail({ id: roundId });
  if (round.sampleCount !== sampleCount)
    throw new UserError(
      "CONFLICT",
      `The round had ${sampleCount} samples when the ablation was asked for and has ${round.sampleCount} now; ask for another one.`,
      field,
    );
}

export function candidatesOf(db: EntityManager, { roundId, judgedPositions, axes }: Ablation): Promise<Candidate[]> {
  return db.query(CANDIDATES, [roundId, judgedPositions, Math.max(...axes.k)]);
}

/**
 * All groups of an ablation share the split into trained and held-out prompts; the seed chooses which outputs are negatives.
 * An image that is a candidate of a judged prompt is trained on nowhere, though the same bytes be proxy data or a sample of
 * another prompt.
 */
export async function trainingSetOfGroup(
  db: EntityManager,
  rewardModels: RewardModelService,
  { ablation, n, seed }: { ablation: Ablation; n: number; seed: number },
): Promise<GroupTrainingSet> {
  const { roundId, splitSeed, negativePromptTag } = ablation;
  const request = { roundId, seed, splitSeed, negativePromptTag, proxyCount: n };
  const set = await rewardModels.trainingSetOf(db, request);
  const pool = await rewardModels.poolOf(db, request, set);
  const judged = new Set((await candidatesOf(db, ablation)).map((candidate) => candidate.artifactSha256));
  const unjudged = (hashes: string[]) => hashes.filter((hash) => !judged.has(hash));
  const { positives, negatives, ...heldOut } = set;
  return { positives: unjudged(positives), negatives: unjudged(negatives), ...heldOut, pool: unjudged(pool) };
}
