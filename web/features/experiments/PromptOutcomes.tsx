"use client";
import { useQuery } from "@apollo/client/react";
import { Group, NativeSelect, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import { change, count, percentWithInterval, pValue, significant } from "../../../shared/format/number.ts";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import { QueryProblem } from "../../components/QueryState.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import { useUrlState } from "../../components/useUrlState.ts";
import type { PromptChangeShownFragment } from "../../graphql/generated/graphql.ts";
import { PROMPT_OUTCOMES } from "./ExperimentPage.graphql.ts";
import classes from "./PromptOutcomes.module.css";
import { chosenOutcome, chosenRounds, keyOfOutcome, type Outcome } from "./preparePromptOutcomes.ts";
import type { Experiment } from "./prepareRounds.ts";

const KEYS = ["round", "baseline", "metric"] as const;
/** Prompts shown from either end. */
const SHOWN = 6;

const COLUMNS: [Column<Outcome>, ...Column<Outcome>[]] = [
  { label: "Metric", cell: ({ name, direction }) => `${name} ${direction === "HIGHER" ? "↑" : "↓"}` },
  { label: "Won", number: true, cell: ({ wins }) => count(wins), value: ({ wins }) => wins },
  { label: "Lost", number: true, cell: ({ losses }) => count(losses), value: ({ losses }) => losses },
  { label: "Level", number: true, cell: ({ ties }) => count(ties), value: ({ ties }) => ties },
  {
    label: "Won of those decided",
    number: true,
    cell: ({ winRate, low, high }) =>
      winRate == null || low == null || high == null ? "–" : percentWithInterval(winRate, low, high),
    value: ({ winRate, low, high }) => ({ value: winRate, low, high, percent: true }),
  },
  { label: "p, sign test", number: true, cell: ({ p }) => pValue(p), value: ({ p }) => p },
];

interface ChangesProps {
  title: string;
  changes: readonly PromptChangeShownFragment[];
  hrefOf(change: PromptChangeShownFragment): string;
}

function Changes({ title, changes, hrefOf }: ChangesProps) {
  return (
    <Stack gap={6}>
      <Title order={3} size="h5">
        {title}
      </Title>
      {changes.length === 0 && (
        <Text size="sm" c="dimmed">
          none
        </Text>
      )}
      <ul className={classes.changes}>
        {changes.map((one) => (
          <li key={one.promptId}>
            <Link href={hrefOf(one)} className={classes.change}>
              {[one.beforeSha256, one.afterSha256].map((sha256, i) => (
                // biome-ignore lint/performance/noImgElement: thumbnails are made by the server, sized and immutable
                <img
                  // biome-ignore lint/suspicious/noArrayIndexKey: the first is the one before, the second the one after
                  key={i}
                  src={`/artifacts/${sha256}/thumbnail/160`}
                  alt=""
                  loading="lazy"
                  decoding="async"
                  width={160}
                  height={160}
                />
              ))}
              <span>
                <span className={classes.prompt}>
                  {one.position + 1}. {one.text}
                </span>
                <span className={classes.values}>
                  {significant(one.before)} → {significant(one.after)}, {change({ mean: one.after - one.before })}
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Stack>
  );
}

interface PromptsProps {
  outcomes: readonly Outcome[];
  outcome: Outcome;
  onMetric(key: string): void;
  hrefOf(change: PromptChangeShownFragment): string;
}

function Prompts({ outcomes, outcome, onMetric, hrefOf }: PromptsProps) {
  return (
    <>
      <NativeSelect
        label="Prompts by"
        size="xs"
        maw={320}
        value={keyOfOutcome(outcome)}
        data={outcomes.map((one) => ({ value: keyOfOutcome(one), label: one.name }))}
        onChange={(event) => onMetric(event.currentTarget.value)}
      />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Changes title="Won most" changes={outcome.mostImproved} hrefOf={hrefOf} />
        <Changes title="Lost most" changes={outcome.mostWorsened} hrefOf={hrefOf} />
      </SimpleGrid>
    </>
  );
}

/** A round prompt by prompt against another: how many it won, by which metrics, and what that looks like. */
export function PromptOutcomes({ experiment }: { experiment: Experiment }) {
  const { state, change: go } = useUrlState(KEYS);
  const { rounds } = experiment;
  const chosen = chosenRounds(rounds, state);
  const { data, previousData, error, refetch } = useQuery(PROMPT_OUTCOMES, {
    variables: { round: chosen?.round.id ?? "", baseline: chosen?.baseline.id ?? "", first: SHOWN },
    fetchPolicy: "cache-and-network",
    skip: !chosen,
  });
  const outcomes = (data ?? previousData)?.round?.promptOutcomes;
  if (!chosen) return null;
  const options = rounds.map(({ id, index, policyIn }) => ({ value: id, label: `Round ${index}, ${policyIn.name}` }));
  const outcome = chosenOutcome(outcomes ?? [], state.metric);
  const hrefOf = ({ text, promptId }: PromptChangeShownFragment) =>
    `/rounds/${chosen.round.id}?${new URLSearchParams({ search: text, prompt: promptId })}`;
  return (
    <Stack gap="xs" component="section" aria-label="Prompt by prompt">
      <Group justify="space-between" align="end">
        <Title order={2} size="h4">
          Prompt by prompt
        </Title>
        <Group gap="xs">
          <NativeSelect
            label="Round"
            size="xs"
            value={chosen.round.id}
            data={options}
            onChange={(event) => go({ round: event.currentTarget.value })}
          />
          <NativeSelect
            label="Against"
            size="xs"
            value={chosen.baseline.id}
            data={options}
            onChange={(event) => go({ baseline: event.currentTarget.value })}
          />
        </Group>
      </Group>
      <QueryProblem error={error} onRetry={refetch} />
      {outcomes?.length === 0 && (
        <Text size="sm" c="dimmed">
          No metric of single samples is recorded of both rounds in the same way: measure both with measureRound, or log
          one with logSampleMetrics.
        </Text>
      )}
      {outcomes && outcome && (
        <>
          <ExportedTable label="Prompts won and lost" columns={COLUMNS} rows={outcomes} keyOf={keyOfOutcome} />
          <Text size="xs" c="dimmed" maw={900}>
            Samples are paired by prompt and k; a prompt is won where the mean over its pairs got better. The interval
            is Wilson's, 95%, of the prompts that are not level; p is the exact sign test's, not corrected for the
            number of metrics.
          </Text>
          <Prompts outcomes={outcomes} outcome={outcome} onMetric={(metric) => go({ metric })} hrefOf={hrefOf} />
        </>
      )}
    </Stack>
  );
}
