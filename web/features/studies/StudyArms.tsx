import { Button, Fieldset, Group, NativeSelect, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { type ArmValues, type Experiment, promptSetOf, roundOptions, selectionOptions } from "./studyForm.ts";

const MOST_ARMS = 10;

interface StudyArmsProps {
  arms: readonly ArmValues[];
  experiments: readonly Experiment[];
  onChange(arms: ArmValues[]): void;
  /** what is wrong with "arms[0].roundId" and the like, or with "arms" together */
  mistakeAt(field: string): string | null;
}

/** Two arms or more, each a round and which of its samples. */
export function StudyArms({ arms, experiments, onChange, mistakeAt }: StudyArmsProps) {
  const promptSetId = promptSetOf(experiments, arms.find(({ roundId }) => roundId)?.roundId ?? "");
  const changeAt = (place: number, changes: Partial<ArmValues>) =>
    onChange(arms.map((arm, i) => (i === place ? { ...arm, ...changes } : arm)));
  return (
    <Stack gap="sm">
      {arms.map((arm, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an arm is its place; names change while they are typed
        <Fieldset key={place} legend={`Arm ${place + 1}`}>
          <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
            <TextInput
              label="Name"
              value={arm.name}
              onChange={(event) => changeAt(place, { name: event.currentTarget.value })}
              error={mistakeAt(`arms[${place}].name`)}
            />
            <NativeSelect
              label="Round and policy"
              value={arm.roundId}
              data={[
                { value: "", label: "Choose a round" },
                ...roundOptions(
                  experiments,
                  arms.some((other, i) => i !== place && other.roundId) ? promptSetId : null,
                ),
              ]}
              onChange={(event) => changeAt(place, { roundId: event.currentTarget.value, rewardModelId: "" })}
              error={mistakeAt(`arms[${place}].roundId`)}
            />
            <NativeSelect
              label="Shown by"
              value={arm.rewardModelId}
              data={selectionOptions(experiments, arm.roundId)}
              onChange={(event) => changeAt(place, { rewardModelId: event.currentTarget.value, k: "" })}
              error={mistakeAt(`arms[${place}].rewardModelId`)}
            />
            <TextInput
              label={arm.rewardModelId ? "K" : "Sample k"}
              placeholder={arm.rewardModelId ? "all samples" : "0, the first"}
              value={arm.k}
              onChange={(event) => changeAt(place, { k: event.currentTarget.value })}
              error={mistakeAt(`arms[${place}].k`)}
            />
          </SimpleGrid>
        </Fieldset>
      ))}
      {mistakeAt("arms") && (
        <Text c="red" size="sm" role="alert">
          {mistakeAt("arms")}
        </Text>
      )}
      <Group gap="xs">
        <Button
          variant="default"
          size="compact-sm"
          disabled={arms.length >= MOST_ARMS}
          onClick={() => onChange([...arms, { name: `Arm ${arms.length + 1}`, roundId: "", rewardModelId: "", k: "" }])}
        >
          Add an arm
        </Button>
        <Button
          variant="default"
          size="compact-sm"
          disabled={arms.length <= 2}
          onClick={() => onChange(arms.slice(0, -1))}
        >
          Remove the last
        </Button>
      </Group>
    </Stack>
  );
}
