import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { count, decimalWithInterval, percentWithInterval, pValue } from "../../../shared/format/number.ts";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import {
  type Analysis,
  armName,
  decidedRate,
  leastDecided,
  ofTotal,
  type PairResult,
  reliabilityPoints,
  type Study,
  shareText,
} from "./prepareStudy.ts";
import { ReliabilityPlot } from "./ReliabilityPlot.tsx";

const [SHOWN_ITEMS, SHOWN_PEOPLE] = [10, 30];

function Section({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <Stack gap="xs" component="section" aria-label={title}>
      <Title order={2} size="h4">
        {title}
      </Title>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keys (WCAG 2.1.1) */}
      <section style={{ overflowX: "auto" }} tabIndex={0} aria-label={`${title}, scrolls sideways`}>
        {children}
      </section>
      {note && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </Stack>
  );
}

/** Every two arms: rate, intervals, tests. */
export function PairTable({ study }: { study: Study }) {
  const columns: [Column<PairResult>, ...Column<PairResult>[]] = [
    { label: "Compared", cell: ({ arm, against }) => `${armName(study, arm)} over ${armName(study, against)}` },
    { label: "Won, lost, tied", number: true, cell: ({ wins, losses, ties }) => `${wins}, ${losses}, ${ties}` },
    {
      label: "Win rate, ties half, clustered",
      number: true,
      cell: ({ rate, clustered }) =>
        rate == null || !clustered ? "–" : percentWithInterval(rate, clustered.low, clustered.high),
      value: ({ rate, clustered }) => ({ value: rate, low: clustered?.low, high: clustered?.high, percent: true }),
    },
    {
      label: "Wins without ties, Wilson",
      number: true,
      cell: (pair) =>
        pair.wilson ? percentWithInterval(decidedRate(pair) ?? 0, pair.wilson.low, pair.wilson.high) : "–",
      value: (pair) => ({ value: decidedRate(pair), low: pair.wilson?.low, high: pair.wilson?.high, percent: true }),
    },
    {
      label: "Participants for, against, even",
      number: true,
      cell: ({ participants: { favourable, unfavourable, even } }) => `${favourable}, ${unfavourable}, ${even}`,
    },
    {
      label: "p by participants",
      number: true,
      cell: ({ participants, votes }) => (votes === 0 ? "–" : pValue(participants.p)),
    },
    { label: "Naive p", number: true, cell: ({ naiveP }) => (naiveP == null ? "–" : pValue(naiveP)) },
  ];
  return (
    <ExportedTable
      label="Arms compared"
      columns={columns}
      rows={study.analysis.pairs}
      keyOf={({ arm, against }) => `${arm} ${against}`}
    />
  );
}

/** Strengths of more than two arms, strongest first. */
export function ArmStrengths({ study }: { study: Study }) {
  const { strengths, problem } = study.analysis.strengths ?? {};
  if (!strengths) return <Text size="sm">{problem}</Text>;
  const rows = strengths.map((strength, arm) => ({ ...strength, arm })).sort((a, b) => b.value - a.value);
  type Row = (typeof rows)[number];
  const columns: [Column<Row>, ...Column<Row>[]] = [
    { label: "Arm", cell: ({ arm }) => armName(study, arm) },
    {
      label: "Log-strength",
      number: true,
      cell: ({ value, low, high }) => decimalWithInterval(value, low, high),
      value: (row) => row,
    },
  ];
  return (
    <Section
      title="Strengths"
      note="Bradley-Terry, with ties Davidson’s model; all sum to 0, errors clustered by participant."
    >
      <ExportedTable label="Strengths of the arms" columns={columns} rows={rows} keyOf={({ arm }) => String(arm)} />
    </Section>
  );
}

type Scorer = Analysis["scorers"][number];

/** Does the reward model prefer what people prefer? And every other metric. */
export function ScorerTable({ study }: { study: Study }) {
  const { scorers } = study.analysis;
  if (scorers.length === 0) return null;
  const columns: [Column<Scorer>, ...Column<Scorer>[]] = [
    { label: "Scorer", cell: ({ name, rewardModel }) => `${name}${rewardModel ? " (reward model)" : ""}` },
    {
      label: "Agrees with votes",
      number: true,
      cell: ({ accuracy, interval }) => percentWithInterval(accuracy, interval.low, interval.high),
      value: ({ accuracy, interval }) => ({ value: accuracy, low: interval.low, high: interval.high, percent: true }),
    },
    {
      label: "With majorities",
      number: true,
      cell: ({ itemAccuracy }) => shareText(itemAccuracy),
      value: ({ itemAccuracy }) => ({ value: itemAccuracy, percent: true }),
    },
    { label: "Votes, pairs", number: true, cell: ({ votes, items }) => `${count(votes)}, ${count(items)}` },
    { label: "Brier", number: true, cell: ({ calibration }) => calibration?.brier.toFixed(3) ?? "–" },
    { label: "Calibration error", number: true, cell: ({ calibration }) => calibration?.error.toFixed(3) ?? "–" },
  ];
  return (
    <Section
      title="Do scores prefer what people prefer?"
      note="Half is chance. A Brier score of 0.25 is that of always saying a half."
    >
      <ExportedTable label="Scores against votes" columns={columns} rows={scorers} keyOf={({ id }) => id} />
      <Group gap="xl" mt="sm" align="start">
        {scorers.flatMap(({ id, name, calibration }) =>
          calibration ? [<ReliabilityPlot key={id} name={name} points={reliabilityPoints(calibration)} />] : [],
        )}
      </Group>
    </Section>
  );
}

type Person = Analysis["byParticipant"][number];

export function ParticipantTable({ study }: { study: Study }) {
  const { byParticipant, pairs } = study.analysis;
  const later = pairs.length === 1 ? `For ${armName(study, 1)}` : "For the later arm";
  const columns: [Column<Person>, ...Column<Person>[]] = [
    { label: "Who", cell: ({ participant, excluded }) => `Participant ${participant}${excluded ? ", excluded" : ""}` },
    { label: "Votes", number: true, cell: ({ votes }) => count(votes) },
    {
      label: later,
      number: true,
      cell: ({ rate }) => shareText(rate),
      value: ({ rate }) => ({ value: rate, percent: true }),
    },
    {
      label: "Left",
      number: true,
      cell: ({ leftShare }) => shareText(leftShare),
      value: ({ leftShare }) => ({ value: leftShare, percent: true }),
    },
    {
      label: "Median time",
      number: true,
      cell: ({ medianMs }) => (medianMs == null ? "–" : `${(medianMs / 1000).toFixed(1)} s`),
    },
    {
      label: "Checks passed",
      number: true,
      cell: ({ attentionChecks, attentionFailures }) =>
        attentionChecks === 0 ? "–" : ofTotal(attentionChecks - attentionFailures, attentionChecks),
    },
    {
      label: "Repeats alike",
      number: true,
      cell: ({ repeats, repeatsSame }) => (repeats === 0 ? "–" : ofTotal(repeatsSame, repeats)),
    },
  ];
  return (
    <Section
      title="By participant"
      note={
        byParticipant.length > SHOWN_PEOPLE
          ? `${ofTotal(SHOWN_PEOPLE, byParticipant.length)} participants; the files have all.`
          : undefined
      }
    >
      <ExportedTable
        label="Votes by participant"
        columns={columns}
        rows={byParticipant}
        most={SHOWN_PEOPLE}
        keyOf={({ participant }) => String(participant)}
      />
    </Section>
  );
}

type Item = Analysis["items"][number];

export function ItemTable({ study }: { study: Study }) {
  const { items, pairs } = study.analysis;
  const columns: [Column<Item>, ...Column<Item>[]] = [
    { label: "Prompt", cell: ({ prompt, promptPosition }) => `${promptPosition}: ${prompt}` },
    ...(pairs.length > 1
      ? [
          {
            label: "Compared",
            cell: ({ arm, against }: Item) => `${armName(study, arm)} over ${armName(study, against)}`,
          },
        ]
      : []),
    { label: "Won", number: true, cell: ({ wins }) => wins },
    { label: "Lost", number: true, cell: ({ losses }) => losses },
    { label: "Tied", number: true, cell: ({ ties }) => ties },
    ...(study.allowCannotJudge
      ? [{ label: "Can’t judge", number: true, cell: ({ cannotJudge }: Item) => count(cannotJudge) }]
      : []),
  ];
  return (
    <Section
      title="By prompt"
      note={`${ofTotal(Math.min(SHOWN_ITEMS, items.length), items.length)} pairs, the least decided first; the files have all.`}
    >
      <ExportedTable
        label="Votes by prompt"
        columns={columns}
        rows={leastDecided(items)}
        most={SHOWN_ITEMS}
        keyOf={({ itemId }) => itemId}
      />
    </Section>
  );
}
