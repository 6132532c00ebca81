"use client";
import { useApolloClient, useQuery } from "@apollo/client/react";
import { reward } from "../../../shared/format/number.ts";
import { InStep } from "../../components/clips/InStep.tsx";
import type { RewardFilter, SampleOrder } from "../../graphql/generated/graphql.ts";
import { blockSize } from "./blocks.ts";
import { MOST_TILES, promptShape, sampleShape } from "./gridShape.ts";
import { PromptCard } from "./PromptCard.tsx";
import type { Choice } from "./prepareRow.ts";
import { PROMPT_MARKS, PROMPT_ROWS, ROUND_SAMPLES, SAMPLE_MARKS } from "./RoundPage.graphql.ts";
import {
  type ChangeView,
  type ListedSample,
  NO_MODEL,
  orderOf,
  type PromptRow,
  type RoundView,
  rewardFilterOf,
} from "./roundView.ts";
import { SampleListView } from "./SampleListView.tsx";
import { SampleTile } from "./SampleTile.tsx";
import { useBlocks } from "./useBlocks.ts";
import type { ComparableRound } from "./useComparedSides.ts";

export interface SampleGridProps {
  roundId: string;
  /** All rounds of the experiment, in order, to compare with. */
  rounds: readonly ComparableRound[];
  sampleCount: number;
  /** Counts the changes of the round. */
  version: number;
  /** Whose rewards order the samples. */
  model: string | null;
  k: number;
  view: RoundView;
  change: ChangeView;
  /** Whether letters are shortcuts. */
  letters: boolean;
}

interface ListProps extends SampleGridProps {
  filter: RewardFilter | null;
}

/** Prompts in order, each with its K samples, best first. */
function Prompts({ filter, ...props }: ListProps) {
  const { roundId: id, model, k, view, sampleCount, version } = props;
  const client = useApolloClient();
  const size = blockSize(sampleCount, k);
  const wanted = { id, search: view.search, promptTag: view.tag, rewards: filter };
  const { data } = useQuery(PROMPT_MARKS, { variables: { ...wanted, every: size }, fetchPolicy: "no-cache" });
  const list = data?.round?.list;
  const blocks = useBlocks<PromptRow>({
    size,
    version,
    cursors: list?.marks,
    ask: async (after, signal) => {
      const answer = await client.query({
        query: PROMPT_ROWS,
        variables: { ...wanted, model: model ?? NO_MODEL, first: size, after },
        fetchPolicy: "no-cache",
        context: { fetchOptions: { signal } },
      });
      return answer.data?.round?.promptRows.nodes ?? [];
    },
  });
  return (
    <SampleListView
      {...props}
      what="prompts"
      blocks={blocks}
      total={list?.totalCount}
      shapeOf={(width) => promptShape(width, k)}
      tilesOf={(row) => Math.min(row.samples.length, MOST_TILES)}
      openingOf={(row) => ({ promptId: row.prompt.id, k: null })}
      promptRowOf={(row) => row}
    >
      {(row, { item, stop, onOpen, onFocus }) => (
        <PromptCard
          row={row}
          index={item}
          filter={filter}
          stop={stop}
          onOpen={(sampleK) => onOpen({ promptId: row.prompt.id, k: sampleK })}
          onFocus={onFocus}
        />
      )}
    </SampleListView>
  );
}

/** What a sample is, told by its rank alone: the worst of a prompt with fewer than K samples is not marked. */
function choiceOf({ score }: ListedSample, k: number): Choice {
  if (k < 2 || !score?.rank) return null;
  if (score.rank === 1) return "chosen";
  return score.rank === k ? "rejected" : null;
}

const ranksOf = (rank: number | null | undefined, other: number | null | undefined): string =>
  rank || other ? `, rank ${rank ?? "–"} vs ${other ?? "–"}` : "";

/** Samples of all prompts, by reward or by disagreement. */
function SamplesAlone({ filter, order, ...props }: ListProps & { order: SampleOrder }) {
  const { roundId: id, model, k, view, sampleCount, version } = props;
  const client = useApolloClient();
  const size = blockSize(sampleCount, 1);
  const isBetween = order === "DISAGREEMENT";
  const wanted = {
    id,
    order,
    model: model ?? NO_MODEL,
    against: (isBetween && view.against) || NO_MODEL,
    search: view.search,
    promptTag: view.tag,
    rewards: filter,
  };
  const { data } = useQuery(SAMPLE_MARKS, { variables: { ...wanted, every: size }, fetchPolicy: "no-cache" });
  const list = data?.round?.list;
  const blocks = useBlocks<ListedSample>({
    size,
    version,
    cursors: list?.marks,
    ask: async (after, signal) => {
      const answer = await client.query({
        query: ROUND_SAMPLES,
        variables: { ...wanted, first: size, after },
        fetchPolicy: "no-cache",
        context: { fetchOptions: { signal } },
      });
      return answer.data?.round?.samples.nodes ?? [];
    },
  });
  const scoreOf = ({ score, other }: ListedSample) =>
    isBetween
      ? `${reward(score?.score)} vs ${reward(other?.score)}${ranksOf(score?.rank, other?.rank)}`
      : reward(score?.score);
  return (
    <SampleListView
      {...props}
      what="samples"
      blocks={blocks}
      total={list?.totalCount}
      shapeOf={(width) => sampleShape(width, isBetween)}
      tilesOf={() => 1}
      openingOf={(sample) => ({ promptId: sample.prompt.id, k: sample.k })}
      promptRowOf={() => null}
    >
      {(sample, { item, stop, onOpen, onFocus }) => (
        <InStep>
          <SampleTile
            sample={sample}
            choice={choiceOf(sample, k)}
            prompt={sample.prompt.text}
            title={`${sample.prompt.position + 1}. ${sample.prompt.text}`}
            score={scoreOf(sample)}
            place={{ row: item, column: 0 }}
            isStop={stop === 0}
            onOpen={() => onOpen({ promptId: sample.prompt.id, k: sample.k })}
            onFocus={() => onFocus(0)}
          />
        </InStep>
      )}
    </SampleListView>
  );
}

/** All samples of a round that the address asks for: prompts times K, or one by one. */
export function SampleGrid(props: SampleGridProps) {
  const { roundId, model, view } = props;
  const order = orderOf(view, model);
  const filter = rewardFilterOf(view, model);
  const list = JSON.stringify([roundId, model, order, view.against, view.search, view.tag, filter]);
  return order ? (
    <SamplesAlone key={list} {...props} filter={filter} order={order} />
  ) : (
    <Prompts key={list} {...props} filter={filter} />
  );
}
