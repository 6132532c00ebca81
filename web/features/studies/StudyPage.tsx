"use client";
import { useQuery } from "@apollo/client/react";
import { Alert, Anchor, Button, Card, CopyButton, Group, Stack, Switch, Text, Title } from "@mantine/core";
import { EmptyState } from "../../components/EmptyState.tsx";
import { Facts } from "../../components/Facts.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { QueryProblem, QueryState } from "../../components/QueryState.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { useUrlState } from "../../components/useUrlState.ts";
import { useLive } from "../../graphql/useLive.ts";
import { useMayChange } from "../../graphql/useViewer.ts";
import { finding, qualityFacts, type Study, votesNeeded } from "./prepareStudy.ts";
import { StudyActions } from "./StudyActions.tsx";
import { StudyDesign } from "./StudyDesign.tsx";
import { STUDY, STUDY_LIVE } from "./StudyPage.graphql.ts";
import { StudyParticipants } from "./StudyParticipants.tsx";
import { ArmStrengths, ItemTable, PairTable, ParticipantTable, ScorerTable } from "./StudyTables.tsx";
import { WinRatePlot } from "./WinRatePlot.tsx";

const ABOVE = [{ href: "/studies", label: "User studies" }];
const KEYS = ["exclusions"] as const;

function Results({ study, onExclusions }: { study: Study; onExclusions(on: boolean): void }) {
  const { analysis } = study;
  return (
    <Stack gap="xs" component="section" aria-label="Results">
      <Group justify="space-between" align="end">
        <Title order={2} size="h4">
          What it says
        </Title>
        <Switch
          label="Leave out what the plan excludes"
          checked={analysis.exclusions}
          onChange={(event) => onExclusions(event.currentTarget.checked)}
        />
      </Group>
      <ul style={{ margin: 0, paddingInlineStart: 20 }}>
        {analysis.pairs.map((pair) => (
          <li key={`${pair.arm} ${pair.against}`}>
            {finding(study, pair)} {votesNeeded(pair)}
          </li>
        ))}
      </ul>
      <WinRatePlot study={study} />
      <PairTable study={study} />
      <Text size="xs" c="dimmed">
        Intervals are 95%. The clustered one allows for votes of a participant and votes on a prompt being alike;
        Wilson’s and the naive p take all votes as unrelated and are too sure. Ties count half in the win rate and are
        left out of the tests; participants as often for the one as for the other are left out of theirs. Nothing is
        corrected for many comparisons.
      </Text>
      {analysis.strengths && <ArmStrengths study={study} />}
      <Facts facts={qualityFacts(analysis)} />
    </Stack>
  );
}

function Methods({ study }: { study: Study }) {
  return (
    <Card withBorder component="section" aria-label="Methods paragraph">
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h4">
            For a paper
          </Title>
          <CopyButton value={study.methods}>
            {({ copied, copy }) => (
              <Button size="compact-sm" variant="default" onClick={copy}>
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        </Group>
        <Text size="sm">{study.methods}</Text>
        <Group gap="md">
          {study.exports.map(({ kind, url, fileName }) => (
            <Anchor key={kind} href={url} download={fileName} size="sm">
              {kind === "VOTES_CSV" ? "Votes as CSV" : "Votes as JSON Lines"}
            </Anchor>
          ))}
        </Group>
      </Stack>
    </Card>
  );
}

/** A study: how far it is, what the votes say, and what can be done with it. */
export function StudyPage({ id }: { id: string }) {
  const { state, change } = useUrlState(KEYS);
  const exclusions = state.exclusions !== "off";
  const mayChange = useMayChange();
  const { data, previousData, error, refetch } = useQuery(STUDY, {
    variables: { id, exclusions },
    fetchPolicy: "cache-and-network",
  });
  const shown = data ?? previousData;
  const study = shown?.study;
  useLive(STUDY_LIVE, { variables: { id }, refetch, skip: !study });
  if (!shown) return <QueryState error={error} onRetry={refetch} />;
  if (!study)
    return (
      <Stack>
        <PageHeader title="No such study" above={ABOVE} />
        <EmptyState title="There is no study with this address" />
      </Stack>
    );
  return (
    <Stack gap="lg">
      <PageHeader title={study.name} above={ABOVE} badge={<StateBadge state={study.state} />} />
      <QueryProblem error={error} onRetry={refetch} />
      {mayChange && <StudyActions study={study} refetch={refetch} />}
      <StudyDesign study={study} mayChange={mayChange} />
      {study.analysis.votes === 0 && study.analysis.byParticipant.length === 0 ? (
        <Alert color="gray" title="No votes yet">
          {study.state === "DRAFT"
            ? "Look at it as a volunteer does, then open it: that freezes the plan."
            : "Results appear here as votes come in."}
        </Alert>
      ) : (
        <>
          <Results study={study} onExclusions={(on) => change({ exclusions: on ? null : "off" })} />
          <ScorerTable study={study} />
          <ParticipantTable study={study} />
          <ItemTable study={study} />
          <Methods study={study} />
        </>
      )}
      <StudyParticipants id={id} />
    </Stack>
  );
}
