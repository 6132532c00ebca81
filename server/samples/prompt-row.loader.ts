import type { EntityManager } from "typeorm";
import {
  keysetPage,
  keysetPageWith,
  type ListQuery,
  type Page,
  type PageArgs,
  selectOf,
} from "../graphql/connection.ts";
import type { LoaderDefinition } from "../graphql/loader.ts";
import { Prompt } from "../prompts/prompt.entity.ts";
import type { Sample, SampleScore } from "./sample.entity.ts";
import { samplesOfShown } from "./sample.sql.ts";

/** A sample with what one model says of it; `score` is null when that model has not scored it. */
export type ScoredSample = Sample & Omit<SampleScore, "score"> & { score: number | null };

/** A prompt with its samples of one round in order of k, where those are wanted. */
export interface PromptRowData {
  prompt: Prompt;
  samples: (Sample | ScoredSample)[];
}

/** What a page of prompts is to come with: its samples, when they were logged, and what one model says of them. */
export interface WantedSamples {
  createdAt: boolean;
  rewardModelId: string | null;
}

export interface PromptRowsQuery extends PageArgs {
  search?: string | null;
  promptTag?: string | null;
  /** Null for the prompts alone. */
  samples: WantedSamples | null;
}

/** The key of `promptRowPages`. */
export const promptRowsKey = (
  roundId: string,
  { first, after, last, before, search, promptTag, samples }: PromptRowsQuery,
): string => JSON.stringify([roundId, { first, after, last, before, search, promptTag, samples }]);

/** Prompts that have samples in a round, in order, filtered by words or tag: one statement a page, with the samples in it. */
export const promptRowPages: LoaderDefinition<string, Page<PromptRowData>> = {
  name: "promptRowPages",
  loadMany: (db, keys) =>
    Promise.all(
      keys.map((key) => {
        const [roundId, query]: [string, PromptRowsQuery] = JSON.parse(key);
        return pageOfRound(db, roundId, query).catch((error: Error) => error);
      }),
    ),
};

async function pageOfRound(db: EntityManager, roundId: string, query: PromptRowsQuery): Promise<Page<PromptRowData>> {
  const list = promptsOfRound(db, roundId, query);
  const { samples: wanted } = query;
  if (!wanted) return rowsOf(await keysetPage<Prompt>(db, list, query), () => []);
  const { page, also } = await keysetPageWith<Prompt, SamplesInColumns>(
    db,
    {
      ...list,
      also: (add) => samplesOfShown("$1", wanted.rewardModelId && add(wanted.rewardModelId), wanted.createdAt),
    },
    query,
  );
  const samples = samplesByPosition(also, { roundId, prompts: page.nodes, rewardModelId: wanted.rewardModelId });
  return rowsOf(page, (prompt) => samples.get(prompt.position) ?? []);
}

/** $1 is the round. Whether a prompt has samples is looked up prompt by prompt: no plan then begins at the round's first. */
function promptsOfRound(db: EntityManager, roundId: string, { search, promptTag }: PromptRowsQuery): ListQuery {
  const params: unknown[] = [roundId];
  const where = [
    "p.prompt_set_id = (select e.prompt_set_id from rounds r join experiments e on e.id = r.experiment_id where r.id = $1)",
    "(select true from samples s where s.round_id = $1 and s.prompt_position = p.position limit 1)",
  ];
  if (search) where.push(`p.text ilike $${params.push(`%${search.replace(/[\\%_]/g, "\\$&")}%`)}`);
  if (promptTag) where.push(`$${params.push(promptTag)} = any(p.tags)`);
  const ordering = { name: "prompts", columns: [{ sql: "p.position", type: "int" }] };
  return { select: selectOf(db, Prompt, "p"), from: "prompts p", where, params, ordering };
}

const rowsOf = (
  { edges, pageInfo, count }: Page<Prompt>,
  samplesOf: (prompt: Prompt) => PromptRowData["samples"],
): Page<PromptRowData> => {
  const rows = edges.map(({ node, cursor }) => ({ cursor, node: { prompt: node, samples: samplesOf(node) } }));
  return { edges: rows, nodes: rows.map((row) => row.node), pageInfo, count };
};

/** What `samplesOfShown` gives; every column is null where no row is found. */
interface SamplesInColumns {
  samples: {
    id: string[] | null;
    prompt_position: number[];
    k: number[];
    seed: (number | null)[];
    label: (string | null)[];
    artifact_sha256: string[];
    created_at?: string[];
  };
  scores: {
    sample_id: string[] | null;
    score: number[];
    logit: number[];
    votes: (number | null)[];
    rank: (number | null)[];
  } | null;
}

function samplesByPosition(
  columns: SamplesInColumns | null,
  { roundId, prompts, rewardModelId }: { roundId: string; prompts: Prompt[]; rewardModelId: string | null },
): Map<number, ScoredSample[]> {
  const promptIds = new Map(prompts.map(({ id, position }) => [position, id]));
  const byPosition = new Map<number, ScoredSample[]>(prompts.map(({ position }) => [position, []]));
  const { samples, scores } = columns ?? {};
  const placeOfScore = new Map(scores?.sample_id?.map((id, place) => [id, place]));
  samples?.id?.forEach((id, i) => {
    const promptPosition = samples.prompt_position[i] as number;
    const place = placeOfScore.get(id) ?? -1;
    byPosition.get(promptPosition)?.push({
      id,
      roundId,
      promptId: promptIds.get(promptPosition),
      promptPosition,
      k: samples.k[i],
      seed: samples.seed[i],
      label: samples.label[i],
      artifactSha256: samples.artifact_sha256[i],
      createdAt: samples.created_at && new Date(samples.created_at[i] as string),
      rewardModelId,
      sampleId: id,
      score: scores?.score?.[place] ?? null,
      logit: scores?.logit?.[place],
      votes: scores?.votes?.[place] ?? null,
      rank: scores?.rank?.[place] ?? null,
    } as ScoredSample);
  });
  for (const ofPrompt of byPosition.values()) ofPrompt.sort((a, b) => a.k - b.k);
  return byPosition;
}
