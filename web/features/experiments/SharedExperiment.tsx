"use client";
import { Alert, Card, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { count } from "../../../shared/format/number.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import { ReportButton } from "../../components/export/ReportButton.tsx";
import { Facts } from "../../components/Facts.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { configurationFacts } from "./configurationFacts.ts";
import { aucText, rewardText } from "./prepareRounds.ts";
import { RoundMetricsView } from "./RoundMetricsView.tsx";
import { SharedSamples } from "./SharedSamples.tsx";
import { type SharedExperiment, type SharedProblem, type Shown, sharedExperiment } from "./sharedClient.ts";

/** How often the page asks whether something has changed, while it is looked at. */
const LOOK_MS = 30_000;

type Round = SharedExperiment["rounds"][number];
type Model = Round["rewardModels"][number];
interface Row {
  round: Round;
  model: Model | null;
}

const COLUMNS: [Column<Row>, ...Column<Row>[]] = [
  { label: "Round", cell: ({ round }) => `Round ${round.index}, ${round.policyIn.name}` },
  { label: "Samples", number: true, cell: ({ round }) => count(round.sampleCount) },
  {
    label: "Reward model",
    cell: ({ model }) => (model ? `${model.name}, ${model.strategy.toLowerCase()}` : "none yet"),
  },
  {
    label: "Held-out AUC",
    number: true,
    cell: ({ model }) => (model && aucText(model)) ?? "–",
    value: ({ model }) => ({ value: model?.heldOutAuc, low: model?.heldOutAucLow, high: model?.heldOutAucHigh }),
  },
  {
    label: "Mean reward",
    number: true,
    cell: ({ model }) => (model?.rewardSummary ? rewardText(model.rewardSummary) : "–"),
    value: ({ model }) => ({ ...model?.rewardSummary, value: model?.rewardSummary?.mean }),
  },
  { label: "Pairs", number: true, cell: ({ model }) => (model ? count(model.pairs.totalCount) : "–") },
];

function Rounds({ rounds }: { rounds: readonly Round[] }) {
  const rows = rounds.flatMap((round): Row[] => {
    const models = round.rewardModels.length > 0 ? round.rewardModels : [null];
    return models.map((model) => ({ round, model }));
  });
  return (
    <Stack gap="xs" component="section" aria-label="Rounds">
      <Title order={2} size="h4">
        Rounds
      </Title>
      <ExportedTable
        label="Rounds"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ round, model }) => `${round.id} ${model?.id ?? ""}`}
      />
      <Text size="xs" c="dimmed">
        Intervals are 95%: Hanley and McNeil's for the AUC, over prompts for rewards.
      </Text>
    </Stack>
  );
}

function Report({ link, experiment }: { link: string; experiment: SharedExperiment }) {
  return (
    <Stack gap="lg">
      <PageHeader title={experiment.name} badge={<StateBadge state={experiment.status} />}>
        <ReportButton title={experiment.name} />
      </PageHeader>
      {experiment.description && <Text maw={760}>{experiment.description}</Text>}
      <Card withBorder component="section" aria-label="Configuration">
        <Facts
          facts={[
            ...configurationFacts(experiment),
            { label: "Created", value: <RelativeTime time={experiment.createdAt} /> },
          ]}
        />
      </Card>
      {experiment.roundMetrics.length > 0 && <RoundMetricsView metrics={experiment.roundMetrics} />}
      {experiment.rounds.length === 0 ? <EmptyState title="No round yet" /> : <Rounds rounds={experiment.rounds} />}
      {experiment.rounds.some((round) => round.sampleCount > 0) && (
        <SharedSamples link={link} rounds={experiment.rounds} />
      )}
    </Stack>
  );
}

/** What the visitor of a share link sees: one experiment, to look at. */
export function SharedExperimentPage({ link }: { link: string }) {
  const [shown, setShown] = useState<Shown>();
  const [problem, setProblem] = useState<SharedProblem>();
  // The server, the address's fragment and the timer are outside React.
  useEffect(() => {
    let last: Shown | undefined;
    const look = () =>
      sharedExperiment(link, last).then(
        (found) => {
          last = found;
          setShown(found);
        },
        // What is shown stays while the server is away.
        (error: SharedProblem) => (error.isOver || !last) && setProblem(error),
      );
    void look();
    const timer = setInterval(() => last && !document.hidden && void look(), LOOK_MS);
    return () => clearInterval(timer);
  }, [link]);
  if (problem)
    return (
      <Stack>
        <PageHeader title={problem.isOver ? "This link shows nothing" : "Not loaded"} />
        <Alert color={problem.isOver ? "orange" : "red"} title={problem.message} role="alert">
          {problem.isOver ? "Ask whoever gave it to you for a new one." : "Reload the page to try again."}
        </Alert>
      </Stack>
    );
  if (!shown)
    return (
      <Stack aria-busy="true" role="status" aria-label="Loading">
        <Skeleton h={28} w="40%" />
        <Skeleton h={180} />
      </Stack>
    );
  return <Report link={link} experiment={shown.experiment} />;
}
