import { useMutation, useQuery } from "@apollo/client/react";
import { Button, Group, Stack, Title } from "@mantine/core";
import { useState } from "react";
import { count } from "../../../shared/format/number.ts";
import { Pager, pageVariables } from "../../components/Pager.tsx";
import { QueryProblem } from "../../components/QueryState.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { type Column, ResponsiveTable } from "../../components/ResponsiveTable.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { useUrlState } from "../../components/useUrlState.ts";
import { useLive } from "../../graphql/useLive.ts";
import { useMayChange } from "../../graphql/useViewer.ts";
import { Confirm } from "./Confirm.tsx";
import { ofTotal, type Participant, participantState } from "./prepareStudy.ts";
import { STUDY_LIVE } from "./StudyPage.graphql.ts";
import { DELETE_PARTICIPANT, REVOKE_PARTICIPANT, STUDY_PARTICIPANTS } from "./StudyParticipants.graphql.ts";

const PAGE = 20;
const KEYS = ["after", "before"] as const;

type Act = "REVOKE" | "DELETE";

function Sure({
  act,
  participant: { id, number, progress },
  onDone,
  onClose,
}: {
  act: Act;
  participant: Participant;
  onDone(): Promise<unknown>;
  onClose(): void;
}) {
  const [revoke, revoking] = useMutation(REVOKE_PARTICIPANT, { variables: { id } });
  const [remove, removing] = useMutation(DELETE_PARTICIPANT, { variables: { id } });
  const finish = (work: Promise<unknown>) =>
    void work.then(onDone).then(
      () => onClose(),
      () => null,
    );
  const votes = progress.votes === 1 ? "1 vote" : `${count(progress.votes)} votes`;
  return act === "REVOKE" ? (
    <Confirm
      title={`Revoke the link of participant ${number}?`}
      words={`Their link opens nothing any more, and can't be made to again. Their ${votes} stay and count.`}
      act="Revoke the link"
      busy={revoking.loading}
      error={revoking.error}
      onAct={() => finish(revoke())}
      onClose={onClose}
    />
  ) : (
    <Confirm
      title={`Delete participant ${number}?`}
      words={`All that is known of them is removed, ${votes} with it. This can't be undone.`}
      act="Delete the participant"
      danger
      busy={removing.loading}
      error={removing.error}
      onAct={() => finish(remove())}
      onClose={onClose}
    />
  );
}

function columnsOf(
  ask: ((act: Act, participant: Participant) => void) | null,
): [Column<Participant>, ...Column<Participant>[]] {
  const actions: Column<Participant> = {
    label: "Actions",
    cell: (participant) => (
      <Group gap={6} wrap="nowrap">
        {!participant.revokedAt && (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Revoke the link of participant ${participant.number}`}
            onClick={() => ask?.("REVOKE", participant)}
          >
            Revoke
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`Delete participant ${participant.number}`}
          onClick={() => ask?.("DELETE", participant)}
        >
          Delete
        </Button>
      </Group>
    ),
  };
  return [
    { label: "Who", cell: ({ number }) => `Participant ${number}` },
    { label: "Came by", cell: ({ source }) => (source === "LINK" ? "the open link" : "an invite") },
    { label: "State", cell: (participant) => <StateBadge state={participantState(participant)} /> },
    { label: "Votes", number: true, cell: ({ progress }) => count(progress.votes) },
    {
      label: "Checks failed",
      number: true,
      cell: ({ progress: { attentionChecks, attentionFailures } }) =>
        attentionChecks === 0 ? "–" : ofTotal(attentionFailures, attentionChecks),
    },
    {
      label: "Last vote",
      cell: ({ progress }) => (progress.lastVoteAt ? <RelativeTime time={progress.lastVoteAt} /> : "–"),
    },
    ...(ask ? [actions] : []),
  ];
}

/** Everybody who was invited or came, newest first, and what may be done about them. */
export function StudyParticipants({ id }: { id: string }) {
  const { state: place, change } = useUrlState(KEYS);
  const mayChange = useMayChange();
  const [asking, setAsking] = useState<{ act: Act; participant: Participant } | null>(null);
  const { data, previousData, error, refetch } = useQuery(STUDY_PARTICIPANTS, {
    variables: { id, ...pageVariables(place, PAGE) },
    fetchPolicy: "cache-and-network",
  });
  useLive(STUDY_LIVE, { variables: { id }, refetch });
  const participants = (data ?? previousData)?.study?.participants;
  if (!participants) return <QueryProblem error={error} onRetry={refetch} />;
  const { nodes, pageInfo, totalCount } = participants;
  if (totalCount === 0) return null;
  return (
    <Stack gap="xs" component="section" aria-label="People">
      <Title order={2} size="h4">
        People
      </Title>
      <QueryProblem error={error} onRetry={refetch} />
      <ResponsiveTable
        label="People who were invited or came"
        columns={columnsOf(mayChange ? (act, participant) => setAsking({ act, participant }) : null)}
        rows={nodes}
        keyOf={(participant) => participant.id}
      />
      <Pager pageInfo={pageInfo} onMove={(to) => change({ ...to }, "push")}>
        {ofTotal(nodes.length, totalCount)}
      </Pager>
      {asking && <Sure {...asking} onDone={refetch} onClose={() => setAsking(null)} />}
    </Stack>
  );
}
