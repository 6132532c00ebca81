import { CombinedGraphQLErrors } from "@apollo/client";
import { useMutation, useQuery } from "@apollo/client/react";
import { Alert, Anchor, Button, Group, NativeSelect, NumberInput, SimpleGrid, Stack, Text } from "@mantine/core";
import Link from "next/link";
import { useState } from "react";
import { count } from "../../../shared/format/number.ts";
import { Dialog } from "../../components/Dialog.tsx";
import { QueryState } from "../../components/QueryState.tsx";
import type { RecordHumanPairsMutation } from "../../graphql/generated/graphql.ts";
import { PAIR_MODELS, RECORD_HUMAN_PAIRS } from "./HumanPairs.graphql.ts";
import { modelOptions } from "./prepareStudy.ts";

function Recorded({ recorded }: { recorded: RecordHumanPairsMutation["recordHumanPairs"] }) {
  const { inserted, rewardModel } = recorded;
  return (
    <Alert
      color={inserted > 0 ? "teal" : "gray"}
      title={
        inserted === 1 ? "1 pair was recorded" : `${inserted > 0 ? count(inserted) : "No new"} pairs were recorded`
      }
      role="status"
    >
      {inserted > 0 ? "They stand" : "What the votes say stands already"} beside the pairs of “{rewardModel.name}”,{" "}
      <Anchor component={Link} href={`/rounds/${rewardModel.round.id}`} inherit underline="always">
        round {rewardModel.round.index}
      </Anchor>
      , with the source HUMAN. They export with these, and DPO on this model’s pairs learns from them too.
    </Alert>
  );
}

interface Choice {
  rewardModelId: string;
  /** percent of the decided votes; 50: any majority */
  share: number | string;
  votes: number | string;
}

interface ChoiceFieldsProps {
  groups: ReturnType<typeof modelOptions>;
  choice: Choice;
  onChange(changes: Partial<Choice>): void;
  mistakeAt(name: string): string | null;
}

function ChoiceFields({ groups, choice, onChange, mistakeAt }: ChoiceFieldsProps) {
  return (
    <>
      <NativeSelect
        label="Beside the pairs of"
        value={choice.rewardModelId}
        data={groups}
        onChange={(event) => onChange({ rewardModelId: event.currentTarget.value })}
        error={mistakeAt("rewardModelId")}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NumberInput
          label="Agreement, %"
          description="At least, of the decided votes; 50: any majority"
          min={50}
          max={100}
          value={choice.share}
          onChange={(share) => onChange({ share })}
          error={mistakeAt("minimumShare")}
        />
        <NumberInput
          label="Votes"
          description="At least, decided ones on the pair"
          min={1}
          max={10_000}
          value={choice.votes}
          onChange={(votes) => onChange({ votes })}
          error={mistakeAt("minimumVotes")}
        />
      </SimpleGrid>
    </>
  );
}

const FIELDS = ["rewardModelId", "minimumShare", "minimumVotes"];

/** Makes pairs to train on of what people prefer. */
export function HumanPairs({ studyId, onClose }: { studyId: string; onClose(): void }) {
  const { data, error: loadError, refetch } = useQuery(PAIR_MODELS, { variables: { studyId } });
  const [record, { data: done, loading, error }] = useMutation(RECORD_HUMAN_PAIRS);
  const [chosen, setChosen] = useState<Partial<Choice>>({});
  const groups = modelOptions((data?.study?.arms ?? []).map(({ round }) => round.experiment));
  const choice: Choice = { rewardModelId: groups[0]?.items[0]?.value ?? "", share: 50, votes: 1, ...chosen };
  const field = CombinedGraphQLErrors.is(error) ? String(error.errors[0]?.extensions?.field) : "";
  const submit = () => {
    const { rewardModelId, share, votes } = choice;
    // A half is no majority: any above it will do.
    const minimumShare = Number(share) > 50 ? Number(share) / 100 : null;
    void record({ variables: { input: { studyId, rewardModelId, minimumShare, minimumVotes: Number(votes) } } }).catch(
      () => null,
    );
  };
  return (
    <Dialog opened onClose={onClose} title="Use the votes" size="lg" centered>
      <Stack>
        <Text size="sm">
          For each prompt, the image that most people prefer and the other one become a pair to train on. The plan’s
          exclusions apply; ties and prompts without a majority give none.
        </Text>
        {!data && <QueryState error={loadError} onRetry={refetch} />}
        {data && groups.length === 0 && (
          <Alert color="gray" title="No reward model can take them">
            Pairs belong to a reward model of an open round with the study’s prompts, and there is none.
          </Alert>
        )}
        {groups.length > 0 && (
          <ChoiceFields
            groups={groups}
            choice={choice}
            onChange={(changes) => setChosen((before) => ({ ...before, ...changes }))}
            mistakeAt={(name) => (error && field === name ? error.message : null)}
          />
        )}
        {error && !FIELDS.includes(field) && (
          <Alert color="red" title="Not recorded" role="alert">
            {error.message}
          </Alert>
        )}
        {done && <Recorded recorded={done.recordHumanPairs} />}
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {done ? "Done" : "Not yet"}
          </Button>
          <Button loading={loading} disabled={!choice.rewardModelId} onClick={submit}>
            Record pairs
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
