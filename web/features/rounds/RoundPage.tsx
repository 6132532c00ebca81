"use client";
import { useQuery } from "@apollo/client/react";
import {
  Alert,
  Anchor,
  Breadcrumbs,
  Button,
  Card,
  Group,
  Modal,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import Link from "next/link";
import { useState } from "react";
import { count, percent, percentWithInterval } from "../../../shared/format/number.ts";
import { QueryState } from "../../components/QueryState.tsx";
import type { RoundQuery } from "../../graphql/generated/graphql.ts";
import { prepareRow } from "./prepareRow.ts";
import { BEST_OF_K, PROMPT_ROWS, ROUND } from "./RoundPage.graphql.ts";
import { type PromptRow, SampleTile } from "./SampleTile.tsx";
import { type RoundView, useRoundView } from "./useRoundView.ts";

const PAGE = 25;
/** Stands for "no model" in a query that wants an id: no row has it. */
const NO_MODEL = "00000000-0000-0000-0000-000000000000";

function Compare({ row, onClose }: { row: PromptRow; onClose(): void }) {
  return (
    <Modal opened onClose={onClose} size="xl" title={row.prompt.text}>
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        {prepareRow(row.samples).map(({ sample, choice }) => (
          <SampleTile key={sample.id} sample={sample} choice={choice} prompt={row.prompt.text} size={640} />
        ))}
      </SimpleGrid>
      <Text size="xs" c="dimmed" mt="sm">
        ← and → move between prompts, Esc closes.
      </Text>
    </Modal>
  );
}

function BestOfK({ model, view }: { model: string; view: RoundView }) {
  const { data } = useQuery(BEST_OF_K, {
    variables: { model, label: view.label ?? "", promptTag: view.tag },
    skip: !view.label,
  });
  const best = data?.rewardModel?.bestOfK;
  if (!view.label || !data) return null;
  return (
    <Alert color={best ? "indigo" : "gray"} title={`Best of K for “${view.label}”`}>
      {best
        ? `Picked for ${best.wins} of ${best.prompts} prompts: ${percentWithInterval(best.accuracy, best.low, best.high)}, 95% Wilson interval; chance ${percent(best.chance)}.`
        : "No ranked prompt has a sample with this label."}
    </Alert>
  );
}

interface ControlsProps {
  models: NonNullable<RoundQuery["round"]>["rewardModels"];
  model: string | null;
  view: RoundView;
  change(to: Partial<RoundView>): void;
}

function Controls({ models, model, view, change }: ControlsProps) {
  const fresh = { after: null, before: null };
  return (
    <Group align="end">
      <Select
        label="Reward model"
        value={model}
        data={models.map((m) => ({ value: m.id, label: m.name }))}
        onChange={(value) => change({ ...fresh, model: value })}
        allowDeselect={false}
      />
      <TextInput
        label="Prompt contains"
        defaultValue={view.search ?? ""}
        onBlur={(e) => change({ ...fresh, search: e.currentTarget.value })}
        onKeyDown={(e) => e.key === "Enter" && e.currentTarget.blur()}
      />
      <TextInput
        label="Prompt tag"
        defaultValue={view.tag ?? ""}
        onBlur={(e) => change({ ...fresh, tag: e.currentTarget.value })}
        onKeyDown={(e) => e.key === "Enter" && e.currentTarget.blur()}
      />
      <TextInput
        label="Best of K for label"
        defaultValue={view.label ?? ""}
        onBlur={(e) => change({ label: e.currentTarget.value })}
        onKeyDown={(e) => e.key === "Enter" && e.currentTarget.blur()}
      />
    </Group>
  );
}

function SampleGrid({
  id,
  model,
  view,
  change,
}: {
  id: string;
  model: string | null;
  view: RoundView;
  change(to: Partial<RoundView>): void;
}) {
  const [open, setOpen] = useState<number | null>(null);
  const page = view.before ? { last: PAGE, before: view.before } : { first: PAGE, after: view.after };
  const variables = { id, model: model ?? NO_MODEL, search: view.search, promptTag: view.tag, ...page };
  const { data, previousData, loading, error } = useQuery(PROMPT_ROWS, { variables });
  const rows = (data ?? previousData)?.round?.promptRows;
  const move = (by: number) =>
    setOpen((at) => (at === null ? null : Math.min(Math.max(at + by, 0), (rows?.nodes.length ?? 1) - 1)));
  useHotkeys([
    ["ArrowRight", () => move(1)],
    ["ArrowLeft", () => move(-1)],
  ]);
  if (!rows) return <QueryState error={error} loading={loading} />;
  const opened = open === null ? null : rows.nodes[open];
  return (
    <Stack>
      {rows.nodes.length === 0 && <Text c="dimmed">No prompt of this round matches.</Text>}
      {rows.nodes.map((row, i) => (
        <Card key={row.prompt.id} withBorder padding="sm" component="section" aria-label={row.prompt.text}>
          <Text fw={600} size="sm" mb={4}>
            {row.prompt.position + 1}. {row.prompt.text}
          </Text>
          <Group gap="xs">
            {prepareRow(row.samples).map(({ sample, choice }) => (
              <SampleTile
                key={sample.id}
                sample={sample}
                choice={choice}
                prompt={row.prompt.text}
                size={160}
                onOpen={() => setOpen(i)}
              />
            ))}
          </Group>
        </Card>
      ))}
      <Group justify="center">
        <Button
          variant="default"
          disabled={!rows.pageInfo.hasPreviousPage}
          onClick={() => change({ before: rows.pageInfo.startCursor ?? null, after: null })}
        >
          Previous
        </Button>
        <Button
          variant="default"
          disabled={!rows.pageInfo.hasNextPage}
          onClick={() => change({ after: rows.pageInfo.endCursor ?? null, before: null })}
        >
          Next
        </Button>
      </Group>
      {opened && <Compare row={opened} onClose={() => setOpen(null)} />}
    </Stack>
  );
}

export function RoundPage({ id }: { id: string }) {
  const { view, change } = useRoundView();
  const { data, loading, error } = useQuery(ROUND, { variables: { id } });
  if (!data) return <QueryState error={error} loading={loading} />;
  const { round } = data;
  if (!round) return <Text>There is no such round.</Text>;
  const model = view.model ?? round.rewardModels.at(-1)?.id ?? null;
  return (
    <Stack>
      <Breadcrumbs>
        <Anchor component={Link} href="/">
          Experiments
        </Anchor>
        <Anchor component={Link} href={`/experiments/${round.experiment.id}`}>
          {round.experiment.name}
        </Anchor>
        <Text>Round {round.index}</Text>
      </Breadcrumbs>
      <Title order={1} size="h2">
        Round {round.index}: {count(round.sampleCount)} samples
      </Title>
      <Controls models={round.rewardModels} model={model} view={view} change={change} />
      {model && <BestOfK model={model} view={view} />}
      <SampleGrid id={id} model={model} view={view} change={change} />
    </Stack>
  );
}
