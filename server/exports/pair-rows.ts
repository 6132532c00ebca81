/**
 * Pairs as the rows of Pick-a-Pic, which Diffusion-DPO trains on. Source of the columns: the dataset card of
 * yuvalkirstain/pickapic_v2 and train.py of SalesforceAIResearch/DiffusionDPO, which reads jpg_0, jpg_1, label_0 and
 * caption, and turns a pair around where label_0 is 0.
 */
import { createHash } from "node:crypto";
import type { EntityManager } from "typeorm";
import type { PairSource } from "../../shared/enums.ts";
import { pagesOf } from "./pages.ts";

/** One of a pair's images. */
interface Side {
  id: string;
  sha256: string;
  byteSize: number;
  seed: number | null;
  /** r(x); null for a pair of somebody who scored nothing. */
  reward: number | null;
  /** Borda votes of a VOTING model's snapshots; null for any other model. */
  votes: number | null;
}

/** A pair as the database has it. */
export interface StoredPair {
  id: string;
  promptId: string;
  source: PairSource;
  margin: number;
  createdAt: Date;
  caption: string;
  /** Rows of the prompt in the whole export. */
  examples: number;
  chosen: Side;
  rejected: Side;
}

/** A line of the export, without the images' bytes. */
export interface PairRow {
  are_different: boolean;
  best_image_uid: string;
  caption: string;
  created_at: Date;
  has_label: boolean;
  image_0_uid: string;
  image_0_url: string;
  image_1_uid: string;
  image_1_url: string;
  label_0: number;
  label_1: number;
  model_0: string;
  model_1: string;
  ranking_id: number;
  user_id: null;
  num_example_per_prompt: number;
  pair_id: string;
  source: string;
  margin: number;
  reward_0: number | null;
  reward_1: number | null;
  votes_0: number | null;
  votes_1: number | null;
  seed_0: number | null;
  seed_1: number | null;
  image_0_sha256: string;
  image_1_sha256: string;
}

const PAGE = 1000;
const side = (sample: string, score: string, artifact: string): string =>
  `json_build_object('id', ${sample}.id, 'sha256', ${sample}.artifact_sha256, 'byteSize', ${artifact}.byte_size,
    'seed', ${sample}.seed, 'reward', ${score}.score, 'votes', ${score}.votes)`;

/**
 * $1 reward model, $2 prompt tag (null: any), $3, $4 prompt and source of the row before, $5 rows. In order of the index
 * pairs_reward_model_id_prompt_id_source_key, which is the order in which the prompts were registered.
 */
const PAIRS_PAGE = `
select p.id, p.prompt_id as "promptId", p.source, p.margin, p.created_at as "createdAt", pr.text as caption,
  (select count(*)::int from pairs q where q.reward_model_id = p.reward_model_id and q.prompt_id = p.prompt_id) as examples,
  ${side("h", "hs", "ha")} as chosen, ${side("l", "ls", "la")} as rejected
from pairs p join prompts pr on pr.id = p.prompt_id
join samples h on h.id = p.chosen_sample_id join artifacts ha on ha.sha256 = h.artifact_sha256
join samples l on l.id = p.rejected_sample_id join artifacts la on la.sha256 = l.artifact_sha256
left join sample_scores hs on hs.reward_model_id = p.reward_model_id and hs.sample_id = h.id
left join sample_scores ls on ls.reward_model_id = p.reward_model_id and ls.sample_id = l.id
where p.reward_model_id = $1 and ($2::text is null or $2 = any(pr.tags)) and (p.prompt_id, p.source) > ($3::uuid, $4::text)
order by p.prompt_id, p.source limit $5`;

const FIRST = { promptId: "00000000-0000-0000-0000-000000000000", source: "" };

/** All pairs of a reward model, or those of prompts with a tag, in order of prompt and source. */
export function storedPairs(
  db: EntityManager,
  { rewardModelId, promptTag }: { rewardModelId: string; promptTag: string | null },
): AsyncGenerator<StoredPair[]> {
  return pagesOf<StoredPair>((after) => {
    const { promptId, source } = after ?? FIRST;
    return db.query(PAIRS_PAGE, [rewardModelId, promptTag, promptId, source, PAGE]);
  }, PAGE);
}

/**
 * Whether the chosen image stands on side 0. A coin whose every toss follows from the pair's id: labels are no constant, and
 * another export gives the same bytes.
 */
export function isChosenFirst(pairId: string): boolean {
  return ((createHash("sha256").update(pairId).digest()[0] ?? 0) & 1) === 0;
}

/** The images of a pair in order of sides. */
export function sidesOf(pair: StoredPair): [Side, Side] {
  return isChosenFirst(pair.id) ? [pair.chosen, pair.rejected] : [pair.rejected, pair.chosen];
}

/** @param place of the pair in the export, from 0   @param model the policy's name */
export function pairRow(pair: StoredPair, { place, model }: { place: number; model: string }): PairRow {
  const [first, second] = sidesOf(pair);
  const chosenFirst = first === pair.chosen;
  return {
    are_different: first.sha256 !== second.sha256,
    best_image_uid: pair.chosen.id,
    caption: pair.caption,
    created_at: pair.createdAt,
    has_label: true,
    image_0_uid: first.id,
    image_0_url: `/artifacts/${first.sha256}`,
    image_1_uid: second.id,
    image_1_url: `/artifacts/${second.sha256}`,
    label_0: chosenFirst ? 1 : 0,
    label_1: chosenFirst ? 0 : 1,
    model_0: model,
    model_1: model,
    ranking_id: place,
    user_id: null,
    num_example_per_prompt: pair.examples,
    pair_id: pair.id,
    source: pair.source,
    margin: pair.margin,
    reward_0: first.reward,
    reward_1: second.reward,
    votes_0: first.votes,
    votes_1: second.votes,
    seed_0: first.seed,
    seed_1: second.seed,
    image_0_sha256: first.sha256,
    image_1_sha256: second.sha256,
  };
}
