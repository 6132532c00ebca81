"use client";
import { useMutation, useQuery, useSubscription } from "@apollo/client/react";
import { Alert, Anchor, Button, Card, Group, Progress, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import { QueryProblem } from "../../components/QueryState.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { ROUNDS_LIVE } from "../../graphql/live.graphql.ts";
import { useLive } from "../../graphql/useLive.ts";
import { useMayChange } from "../../graphql/useViewer.ts";
import { ContactSheets } from "./ContactSheets.tsx";
import { CANCEL_RUN, EXPERIMENT_RUN, RESUME_RUN, RUN_LIVE } from "./ExperimentRun.graphql.ts";
import {
  alarmText,
  earlyStopText,
  leftOf,
  nowOf,
  type RoundOfRun,
  type Run,
  roundsOfRun,
  stepName,
} from "./prepareRun.ts";

const SIGNS: Record<string, string> = {
  WAITING: "·",
  QUEUED: "○",
  RUNNING: "◔",
  SUCCEEDED: "✓",
  FAILED: "✕",
  CANCELLED: "⊘",
};

function Steps({ steps }: Pick<RoundOfRun, "steps">) {
  return (
    <Group gap="xs" wrap="wrap">
      {steps.map((step) => (
        <Text key={step.kind} size="sm" span c={step.state === "WAITING" ? "dimmed" : undefined}>
          <span aria-hidden="true">{SIGNS[step.state]}</span> {stepName(step)}
          {step.state === "RUNNING" && step.job ? ` ${Math.round(100 * step.job.progress)}%` : ""}
          {step.state === "FAILED" || step.state === "CANCELLED" ? ` (${step.state.toLowerCase()})` : ""}
        </Text>
      ))}
    </Group>
  );
}

const COLUMNS: [Column<RoundOfRun>, ...Column<RoundOfRun>[]] = [
  {
    label: "Round",
    cell: ({ index, roundId, measuresOnly }) => (
      <div>
        {roundId ? (
          <Anchor component={Link} href={`/rounds/${roundId}`} fw={600}>
            Round {index}
          </Anchor>
        ) : (
          `Round ${index}`
        )}
        {measuresOnly && (
          <Text size="xs" c="dimmed" fw={400}>
            the last policy, measured
          </Text>
        )}
      </div>
    ),
    value: ({ index }) => `Round ${index}`,
  },
  { label: "Policy in", cell: ({ policyIn }) => policyIn ?? "–" },
  {
    label: "Steps",
    cell: ({ steps }) => <Steps steps={steps} />,
    value: ({ steps }) => steps.map((step) => `${stepName(step)}: ${step.state.toLowerCase()}`).join(", "),
  },
  { label: "Policy out", cell: ({ policyOut }) => policyOut ?? "–" },
];

/** What a run has done and is to do; folded once all is done, when it is nothing but ticks. */
function Rounds({ run }: { run: Run }) {
  const rounds = roundsOfRun(run);
  const table = (
    <ExportedTable label="Rounds of the run" columns={COLUMNS} rows={rounds} keyOf={({ index }) => String(index)} />
  );
  if (run.state !== "SUCCEEDED") return table;
  return (
    <details>
      <summary>
        <Text span size="sm">
          All {run.steps.length} steps of {rounds.length} rounds are done
        </Text>
      </summary>
      {table}
    </details>
  );
}

/** Stops a run that is under way, and goes on with one that failed or was cancelled. */
function RunControl({ run, refetch }: { run: Run; refetch(): Promise<unknown> }) {
  const mayChange = useMayChange();
  const act = { variables: { id: run.id }, onCompleted: () => void refetch() };
  const [cancel, cancelling] = useMutation(CANCEL_RUN, act);
  const [resume, resuming] = useMutation(RESUME_RUN, act);
  if (!mayChange) return null;
  const error = cancelling.error ?? resuming.error;
  return (
    <>
      {run.state === "RUNNING" && (
        <Button
          size="compact-sm"
          color="red"
          variant="default"
          loading={cancelling.loading}
          onClick={() => void cancel().catch(() => null)}
        >
          Cancel the run
        </Button>
      )}
      {(run.state === "FAILED" || run.state === "CANCELLED") && (
        <Button size="compact-sm" loading={resuming.loading} onClick={() => void resume().catch(() => null)}>
          Resume the run
        </Button>
      )}
      {error && (
        <Alert color="red" title="Not done" role="alert">
          {error.message}
        </Alert>
      )}
    </>
  );
}

/** Algorithm 1 on an experiment: each round's policies and steps, and its drawings side by side. Nothing where there is no run. */
export function ExperimentRun({ experimentId }: { experimentId: string }) {
  const { data, error, refetch } = useQuery(EXPERIMENT_RUN, {
    variables: { id: experimentId },
    fetchPolicy: "cache-and-network",
  });
  const run = data?.experiment?.run;
  // Only where a run or a step of it begins or ends is it asked for again; what else changes is carried by events, here and of its jobs.
  useLive(ROUNDS_LIVE, { variables: { experimentId, aspects: ["WORK"] }, refetch, skip: !data?.experiment });
  useSubscription(RUN_LIVE, { variables: { id: run?.id ?? "" }, skip: !run, ignoreResults: true });
  if (!run) return <QueryProblem error={error} onRetry={refetch} />;
  const now = nowOf(run);
  return (
    <>
      <Stack gap="xs" component="section" aria-label="Run">
        <Group justify="space-between">
          <Group gap="xs">
            <Title order={2} size="h4">
              Run
            </Title>
            <StateBadge state={run.state} />
          </Group>
          <RunControl run={run} refetch={refetch} />
        </Group>
        <Card withBorder>
          <Stack gap="sm">
            {run.state === "RUNNING" && (
              <div>
                <Group justify="space-between" gap="xs" mb={4}>
                  <Text size="sm" role="status">
                    {now ?? "Going on"}
                  </Text>
                  <Text size="sm" c="dimmed" style={{ fontVariantNumeric: "tabular-nums" }}>
                    {Math.round(100 * run.progress)}%{leftOf(run)}
                  </Text>
                </Group>
                <Progress value={100 * run.progress} aria-label="Progress of the run" />
              </div>
            )}
            {run.error && (
              <Alert color="red" title="The run failed">
                {run.error}
              </Alert>
            )}
            {run.earlyStop && (
              <Alert color="blue" title="Stopped early">
                {earlyStopText(run.earlyStop)}
              </Alert>
            )}
            {run.alarms.map((alarm) => (
              <Alert key={`${alarm.kind} ${alarm.roundIndex}`} color="orange" title="Look at the drawings">
                {alarmText(alarm)}
              </Alert>
            ))}
            <Rounds run={run} />
          </Stack>
        </Card>
      </Stack>
      <ContactSheets experimentId={experimentId} promptTag={String(run.settings.evalTag ?? "eval")} />
    </>
  );
}
