"use client";
import { useQuery } from "@apollo/client/react";
import { Alert, Anchor, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import { count, decimal, decimalWithInterval, percent } from "../../../shared/format/number.ts";
import { CompareButton } from "../../components/CompareButton.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ReportButton } from "../../components/export/ReportButton.tsx";
import { Facts } from "../../components/Facts.tsx";
import { JobProgress } from "../../components/JobProgress.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { QueryProblem, QueryState } from "../../components/QueryState.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { STRATEGY_WORDS } from "../../components/strategyWords.ts";
import { EXPERIMENT_JOBS_LIVE } from "../../graphql/live.graphql.ts";
import { useLive } from "../../graphql/useLive.ts";
import { Drift } from "./Drift.tsx";
import { HeldOutCharts } from "./HeldOutCharts.tsx";
import { HistogramChart } from "./HistogramChart.tsx";
import { HowItWasMade } from "./HowItWasMade.tsx";
import { PreferredSamples } from "./PreferredSamples.tsx";
import { type HistogramSeries, highestShare, type RewardModel } from "./prepareCurves.ts";
import { RankCharts } from "./RankCharts.tsx";
import { RewardModelMetrics } from "./RewardModelMetrics.tsx";
import { REWARD_MODEL } from "./RewardModelPage.graphql.ts";

const ABOVE = [{ href: "/", label: "Experiments" }];

function aucText({ heldOutAuc: auc, heldOutAucLow: low, heldOutAucHigh: high }: RewardModel): string {
  return auc == null || low == null || high == null ? decimal(auc) : decimalWithInterval(auc, low, high);
}

function Quality({ model }: { model: RewardModel }) {
  const { round, heldOutAccuracy, heldOutCount } = model;
  return (
    <Card withBorder component="section" aria-label="Quality">
      <Facts
        facts={[
          {
            label: "Round",
            value: (
              <Anchor component={Link} href={`/rounds/${round.id}?model=${model.id}`} inherit>
                Round {round.index}
              </Anchor>
            ),
          },
          { label: "Strategy", value: STRATEGY_WORDS[model.strategy] },
          { label: "Held-out AUC", value: <b>{aucText(model)}</b> },
          { label: "Accuracy", value: heldOutAccuracy == null ? "–" : percent(heldOutAccuracy) },
          { label: "Calibration error (ECE)", value: decimal(model.heldOutEce) },
          { label: "Brier score", value: decimal(model.heldOutBrier) },
          { label: "Held-out items", value: heldOutCount == null ? "–" : count(heldOutCount) },
        ]}
      />
    </Card>
  );
}

function Training({ model }: { model: RewardModel }) {
  const { job } = model;
  const isLive = job?.state === "QUEUED" || job?.state === "RUNNING";
  return (
    <Stack gap="xs" component="section" aria-label="Training">
      <Title order={2} size="h4">
        Training
      </Title>
      {job && isLive && <JobProgress job={job} />}
      {job?.state === "FAILED" && (
        <Alert color="red" title="Training failed">
          {job.error}
        </Alert>
      )}
      {job?.state === "CANCELLED" && <Alert color="orange" title="Training was cancelled" />}
      <RewardModelMetrics key={model.state} modelId={model.id} isTraining={model.state === "TRAINING"} />
    </Stack>
  );
}

/** What the model says of everything it was shown. */
function Rewards({ model }: { model: RewardModel }) {
  const { training, samples } = model.curves ?? {};
  const charts: { title: string; note: string; series: HistogramSeries[] }[] = [
    ...(training
      ? [
          {
            title: "Held out",
            note: "never trained on",
            series: [
              { label: "proxy", histogram: training.heldOutProxy },
              { label: "generated", histogram: training.heldOutGenerated },
            ],
          },
          {
            title: "Trained on",
            note: "D_r",
            series: [
              { label: "proxy", histogram: training.trainProxy },
              { label: "generated", histogram: training.trainGenerated },
            ],
          },
        ]
      : []),
    ...(samples
      ? [
          {
            title: "All samples of the round",
            note: "as scored last",
            series: [{ label: "generated", histogram: samples }],
          },
        ]
      : []),
  ];
  if (charts.length === 0) return null;
  const highest = highestShare(charts.flatMap(({ series }) => series.map(({ histogram }) => histogram)));
  return (
    <Stack gap="xs" component="section" aria-label="Rewards">
      <Title order={2} size="h4">
        Rewards
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {charts.map((chart) => (
          <HistogramChart key={chart.title} {...chart} highest={highest} />
        ))}
      </SimpleGrid>
      <Text size="xs" c="dimmed">
        Bins of half a logit; the outermost hold all beyond. A model whose held-out items lie nearer to each other than
        what it was trained on has learned some of it by heart.
      </Text>
    </Stack>
  );
}

/** This model and the others of its round. */
function besideModel({ id, round }: RewardModel) {
  const models = round.experiment.rounds.find((one) => one.id === round.id)?.rewardModels ?? [];
  const others = models.filter((model) => model.id !== id && model.state === "TRAINED");
  return [{ id }, ...others].map((model) => ({ kind: "REWARD_MODEL" as const, id: model.id }));
}

export function RewardModelPage({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(REWARD_MODEL, { variables: { id }, fetchPolicy: "cache-and-network" });
  const model = data?.rewardModel;
  const experiment = model?.round.experiment;
  useLive(EXPERIMENT_JOBS_LIVE, { variables: { experimentId: experiment?.id ?? "" }, refetch, skip: !experiment });
  if (!data) return <QueryState error={error} onRetry={refetch} />;
  if (!model || !experiment)
    return (
      <Stack>
        <PageHeader title="No such reward model" above={ABOVE} />
        <EmptyState title="There is no reward model with this address" />
      </Stack>
    );
  const above = [
    ...ABOVE,
    { href: `/experiments/${experiment.id}`, label: experiment.name },
    { href: `/rounds/${model.round.id}`, label: `Round ${model.round.index}` },
  ];
  return (
    <Stack gap="lg">
      <PageHeader title={`Reward model ${model.name}`} above={above} badge={<StateBadge state={model.state} />}>
        <Group gap="xs">
          <CompareButton subjects={besideModel(model)} />
          <ReportButton title={`${experiment.name}, round ${model.round.index}, reward model ${model.name}`} />
        </Group>
      </PageHeader>
      <QueryProblem error={error} onRetry={refetch} />
      <Quality model={model} />
      <Training model={model} />
      <HeldOutCharts model={model} auc={aucText(model)} />
      <Rewards model={model} />
      <Drift model={model} />
      <RankCharts rankSlices={model.rankSlices} />
      <PreferredSamples model={model} />
      <HowItWasMade model={model} />
    </Stack>
  );
}
