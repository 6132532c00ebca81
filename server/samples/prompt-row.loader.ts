import type { EntityManager } from "typeorm";
import {
  keysetPage,
  keysetPageWith,
  type ListQuery,
  type PageArgs,
  type SeekablePage,
  selectOf,
} from "../graphql/connection.ts";
import type { LoaderDefinition } from "../graphql/loader.ts";
import { Prompt } from "../prompts/prompt.entity.ts";
import { type RewardFilter, rewardConditions } from "./reward-filter.ts";
import { Sample, type SampleScore } from "./sample.entity.ts";
import { samplesOfShown } from "./sample.sql.ts";

/**
 * A sample with what one model says of it; `score` is null when that model has not scored it. `frames` is there where it was wanted, of its
 * artifact: 1 or null for a still image.
 */
export type ScoredSample = Sample & Omit<SampleScore, "score"> & { score: number | null; frames?: number | null };

/** A prompt with its samples of one round in order of k, where those are wanted. */
export interface PromptRowData {
  prompt: Prompt;
  samples: (Sample | ScoredSample)[];
}

/** What a page of prompts is to come with: its samples, when they were logged, whether they are clips, and what one model says of them. */
export interface WantedSamples {
  createdAt: boolean;
  frames: boolean;
  rewardModelId: string | null;
}

/** Which prompts are meant. */
export interface PromptFilter {
  search?: string | null;
  promptTag?: string | null;
}

export interface PromptRowsQuery extends PageArgs, PromptFilter {
  /** At least one of the prompt's samples is like this. */
  rewards?: RewardFilter | null;
  /** Null for the prompts alone. */
  samples: WantedSamples | null;
}

/** The key of `promptRowPages`. */
export const promptRowsKey = (
  roundId: string,
  { first, after, last, before, search, promptTag, rewards, samples }: PromptRowsQuery,
): string =>
  JSON.stringify([
    roundId,
    { first, after, last, before, search, promptTag, rewards: rewards && inOrder(rewards), samples },
  ]);

/** The same text however the client wrote it. */
const inOrder = ({ rewardModelId, min, max, rank, choice }: RewardFilter) => ({
  rewardModelId,
  min,
  max,
  rank,
  choice,
});

/** Prompts that have samples in a round, in order, filtered: one statement a page, with the samples in it. */
export const promptRowPages: LoaderDefinition<string, SeekablePage<PromptRowData>> = {
  name: "promptRowPages",
  loadMany: (db, keys) =>
    Promise.all(
      keys.map((key) => {
        const [roundId, query]: [string, PromptRowsQuery] = JSON.parse(key);
        return pageOfRound(db, roundId, query).catch((error: Error) => error);
      }),
    ),
};

async function pageOfRound(
  db: EntityManager,
  roundId: string,
  query: PromptRowsQuery,
): Promise<SeekablePage<PromptRowData>> {
  const list = promptsOfRound(db, roundId, query);
  const { samples: wanted } = query;
  if (!wanted) return rowsOf(await keysetPage<Prompt>(db, list, query), () => []);
  const { page, also } = await keysetPageWith<Prompt, SamplesInColumns>(
    db,
    {
      ...list,
      // How a range of rewards is best looked for depends on how many are in it.
      plan: query.rewards ? "each time" : "kept",
      also: (add) => samplesOfShown("$1", wanted.rewardModelId && add(wanted.rewardModelId), wanted),
    },
    query,
  );
  const samples = samplesByPosition(also, { roundId, prompts: page.nodes, rewardModelId: wanted.rewardModelId });
  return rowsOf(page, (prompt) => samples.get(prompt.position) ?? []);
}

/** Conditions on the prompt `p`. */
export function promptConditions({ search, promptTag }: PromptFilter, add: (value: unknown) => string): string[] {
  const where: string[] = [];
  if (search) where.push(`p.text ilike ${add(`%${search.replace(/[\\%_]/g, "\\$&")}%`)}`);
  if (promptTag) where.push(`${add(promptTag)} = any(p.tags)`);
  return where;
}

/**
 * $1 is the round. Whether a prompt has samples is looked up prompt by prompt: no plan then begins at the round's first.
 * Rewards may be: few of them are found by sample_scores_by_score_idx, many soon by the prompts.
 */
function promptsOfRound(db: EntityManager, roundId: string, { rewards, ...prompts }: PromptRowsQuery): ListQuery {
  const params: unknown[] = [roundId];
  const add = (value: unknown) => `$${params.push(value)}`;
  const where = [
    "p.prompt_set_id = (select e.prompt_set_id from rounds r join experiments e on e.id = r.experiment_id where r.id = $1)",
    rewards
      ? `p.position in (select s.prompt_position from sample_scores sc join samples s on s.id = sc.sample_id
         where s.round_id = $1 and ${rewardConditions(rewards, "sc", add).where.join(" and ")})`
      : "(select true from samples s where s.round_id = $1 and s.prompt_position = p.position limit 1)",
    ...promptConditions(prompts, add),
  ];
  const ordering = { name: "prompts", columns: [{ sql: "p.position", type: "int" }] };
  return { select: selectOf(db, Prompt, "p"), from: "prompts p", where, params, ordering };
}

const rowsOf = (
  { edges, ...page }: SeekablePage<Prompt>,
  samplesOf: (prompt: Prompt) => PromptRowData["samples"],
): SeekablePage<PromptRowData> => {
  const rows = edges.map(({ node, cursor }) => ({ cursor, node: { prompt: node, samples: samplesOf(node) } }));
  return { ...page, edges: rows, nodes: rows.map((row) => row.node) };
};

/** What `samplesOfShown` gives: a value for each sample, of the scores null where the model has not scored it. */
interface SamplesInColumns {
  /** Null, as every column is, where no sample is found. */
  id: string[] | null;
  prompt_position: number[];
  k: number[];
  seed: (number | null)[];
  label: (string | null)[];
  artifact_sha256: string[];
  created_at?: string[];
  frames?: (number | null)[];
  score?: (number | null)[];
  logit?: (number | null)[];
  votes?: (number | null)[];
  rank?: (number | null)[];
}

function samplesByPosition(
  columns: SamplesInColumns | null,
  { roundId, prompts, rewardModelId }: { roundId: string; prompts: Prompt[]; rewardModelId: string | null },
): Map<number, ScoredSample[]> {
  const promptIds = new Map(prompts.map(({ id, position }) => [position, id]));
  const byPosition = new Map<number, ScoredSample[]>(prompts.map(({ position }) => [position, []]));
  columns?.id?.forEach((id, i) => {
    const promptPosition = columns.prompt_position[i] as number;
    byPosition.get(promptPosition)?.push({
      id,
      roundId,
      promptId: promptIds.get(promptPosition),
      promptPosition,
      k: columns.k[i],
      seed: columns.seed[i],
      label: columns.label[i],
      artifactSha256: columns.artifact_sha256[i],
      createdAt: columns.created_at && new Date(columns.created_at[i] as string),
      ...(columns.frames && { frames: columns.frames[i] }),
      rewardModelId,
      sampleId: id,
      score: columns.score?.[i] ?? null,
      logit: columns.logit?.[i],
      votes: columns.votes?.[i] ?? null,
      rank: columns.rank?.[i] ?? null,
    } as ScoredSample);
  });
  for (const ofPrompt of byPosition.values()) ofPrompt.sort((a, b) => a.k - b.k);
  return byPosition;
}

/** Key `<roundId>:<promptId>`: a prompt's samples in a round in order of k; [] where it has none. The unique key of samples. */
export const samplesByRoundAndPrompt: LoaderDefinition<string, Sample[]> = {
  name: "samplesByRoundAndPrompt",
  async loadMany(db, keys) {
    const rows: Sample[] = await db.query(
      `select ${selectOf(db, Sample, "s")} from unnest($1::uuid[], $2::uuid[]) as key(round, prompt)
       join samples s on s.prompt_id = key.prompt and s.round_id = key.round order by s.k`,
      [keys.map((key) => key.slice(0, 36)), keys.map((key) => key.slice(37))],
    );
    const found = new Map<string, Sample[]>(keys.map((key) => [key, []]));
    for (const row of rows) found.get(`${row.roundId}:${row.promptId}`)?.push(row);
    return keys.map((key) => found.get(key) ?? []);
  },
};
