"use client";
import { useApolloClient, useQuery } from "@apollo/client/react";
import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure, useHotkeys, useLocalStorage } from "@mantine/hooks";
import Link from "next/link";
import { useRef, useState } from "react";
import { count } from "../../../shared/format/number.ts";
import { CompareButton } from "../../components/CompareButton.tsx";
import { ClipsOfPage } from "../../components/clips/InStep.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ReportButton } from "../../components/export/ReportButton.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { QueryProblem, QueryState } from "../../components/QueryState.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { useUrlState } from "../../components/useUrlState.ts";
import type { RoundQuery } from "../../graphql/generated/graphql.ts";
import { ROUND_LIVE } from "../../graphql/live.graphql.ts";
import { useLive } from "../../graphql/useLive.ts";
import { KeyboardHelp } from "./KeyboardHelp.tsx";
import { PicksByLabel } from "./PicksByLabel.tsx";
import { RoundMeasures } from "./RoundMeasures.tsx";
import { ROUND } from "./RoundPage.graphql.ts";
import { RoundToolbar } from "./RoundToolbar.tsx";
import { KEYS } from "./roundView.ts";
import { SampleGrid } from "./SampleGrid.tsx";

type Round = NonNullable<RoundQuery["round"]>;

/** To the rounds before and after this one. */
function OtherRounds({ round }: { round: Round }) {
  const neighbours = round.experiment.rounds.filter(({ index }) => Math.abs(index - round.index) === 1);
  return (
    <Group gap="xs">
      {neighbours.map(({ id, index }) => (
        <Button key={id} component={Link} href={`/rounds/${id}`} size="compact-md" variant="default">
          {index < round.index ? `← Round ${index}` : `Round ${index} →`}
        </Button>
      ))}
    </Group>
  );
}

/** The first round, the one before and this one, each once. */
function besideRound({ id, index, experiment: { rounds } }: Round) {
  const first = rounds.reduce((best, one) => (one.index < best.index ? one : best));
  const before = rounds.find((one) => one.index === index - 1);
  const ids = new Set([first.id, ...(before ? [before.id] : []), id]);
  return [...ids].map((one) => ({ kind: "ROUND" as const, id: one }));
}

/** The model whose rewards a round is shown with when none is asked for: the last one that is trained. */
function modelOf({ rewardModels }: Pick<Round, "rewardModels">): string | null {
  const trained = rewardModels.filter(({ state }) => state === "TRAINED");
  return (trained.at(-1) ?? rewardModels.at(-1))?.id ?? null;
}

function Samples({ round, version }: { round: Round; version: number }) {
  const { state: view, change } = useUrlState(KEYS);
  const [helpShown, help] = useDisclosure(false);
  const [letters, setLetters] = useLocalStorage({ key: "letter-shortcuts", defaultValue: true });
  const search = useRef<HTMLInputElement>(null);
  const model = view.model ?? modelOf(round);
  const rounds = round.experiment.rounds.map((other) => ({ ...other, model: modelOf(other) }));
  useHotkeys(
    letters
      ? [
          ["/", () => search.current?.focus()],
          ["shift+/", () => search.current?.focus()],
          ["shift+?", help.open],
          ["?", help.open],
        ]
      : [],
  );
  return (
    <>
      <RoundToolbar
        models={round.rewardModels}
        model={model}
        k={round.experiment.k}
        view={view}
        change={change}
        searchRef={search}
        onHelp={help.open}
      />
      {model && <PicksByLabel model={model} promptTag={view.tag} />}
      <ClipsOfPage>
        <SampleGrid
          roundId={round.id}
          rounds={rounds}
          sampleCount={round.sampleCount}
          version={version}
          model={model}
          k={round.experiment.k}
          view={view}
          change={change}
          letters={letters && !helpShown}
        />
      </ClipsOfPage>
      <KeyboardHelp opened={helpShown} onClose={help.close} letters={letters} onLetters={setLetters} />
    </>
  );
}

export function RoundPage({ id }: { id: string }) {
  const client = useApolloClient();
  const { data, error, refetch } = useQuery(ROUND, { variables: { id }, fetchPolicy: "cache-and-network" });
  const [version, setVersion] = useState(0);
  useLive(ROUND_LIVE, {
    variables: { id },
    refetch: () => {
      setVersion((count) => count + 1);
      return client.refetchQueries({ include: "active" });
    },
    skip: !data?.round,
  });
  if (!data) return <QueryState error={error} onRetry={refetch} />;
  const { round } = data;
  const above = [{ href: "/", label: "Experiments" }];
  if (!round)
    return (
      <Stack>
        <PageHeader title="No such round" above={above} />
        <EmptyState title="There is no round with this address" />
      </Stack>
    );
  return (
    <Stack>
      <PageHeader
        title={`Round ${round.index}`}
        above={[...above, { href: `/experiments/${round.experiment.id}`, label: round.experiment.name }]}
        badge={<StateBadge state={round.status} />}
      >
        <Group gap="xs">
          <OtherRounds round={round} />
          <CompareButton subjects={besideRound(round)} />
          <ReportButton title={`${round.experiment.name}, round ${round.index}`} />
        </Group>
      </PageHeader>
      <Text size="sm" c="dimmed">
        {count(round.sampleCount)} samples of {round.policyIn.name}, {round.experiment.k} to a prompt, best first.
      </Text>
      {round.rewardModels.length > 0 && (
        <Text size="sm">
          Reward models:{" "}
          {round.rewardModels.map((model, i) => (
            <span key={model.id}>
              {i > 0 && ", "}
              <Anchor component={Link} href={`/reward-models/${model.id}`} inherit underline="always">
                {model.name}
              </Anchor>
            </span>
          ))}
        </Text>
      )}
      <QueryProblem error={error} onRetry={refetch} />
      <RoundMeasures roundId={round.id} />
      <Samples round={round} version={version} />
    </Stack>
  );
}
