import { CombinedGraphQLErrors } from "@apollo/client";
import { Button, Card, Checkbox, Group, SimpleGrid, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { count } from "../../../shared/format/number.ts";
import { StudyArms } from "./StudyArms.tsx";
import {
  type Experiment,
  type Mistakes,
  mistakesAfter,
  mistakesOf,
  planSize,
  promptsOf,
  refusalAt,
  type StudyValues,
} from "./studyForm.ts";

type TextKey = { [K in keyof StudyValues]: StudyValues[K] extends string ? K : never }[keyof StudyValues];
type FlagKey = { [K in keyof StudyValues]: StudyValues[K] extends boolean ? K : never }[keyof StudyValues];

interface Fields {
  values: StudyValues;
  change(changes: Partial<StudyValues>): void;
  /** what is wrong with a field, as the form or the API says */
  mistakeAt(field: string): string | null;
}

function TextField({
  fields,
  name,
  label,
  description,
}: {
  fields: Fields;
  name: TextKey;
  label: string;
  description?: string;
}) {
  return (
    <TextInput
      label={label}
      description={description}
      value={fields.values[name]}
      onChange={(event) => fields.change({ [name]: event.currentTarget.value })}
      error={fields.mistakeAt(name)}
    />
  );
}

function Flag({ fields, name, label }: { fields: Fields; name: FlagKey; label: string }) {
  return (
    <Checkbox
      label={label}
      checked={fields.values[name]}
      onChange={(event) => fields.change({ [name]: event.currentTarget.checked })}
      error={fields.mistakeAt(name)}
    />
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {title}
        </Title>
        {children}
      </Stack>
    </Card>
  );
}

function Asking({ fields }: { fields: Fields }) {
  return (
    <Part title="What is asked">
      <TextField fields={fields} name="question" label="Question" description="Above every pair" />
      <Textarea
        label="Instructions"
        description="Markdown: headings, lists, emphasis, https links"
        autosize
        minRows={3}
        value={fields.values.instructions}
        onChange={(event) => fields.change({ instructions: event.currentTarget.value })}
        error={fields.mistakeAt("instructions")}
      />
      <Group gap="lg">
        <Flag fields={fields} name="allowTies" label="Offer “equal”" />
        <Flag fields={fields} name="allowCannotJudge" label="Offer “can’t judge”" />
        <Flag fields={fields} name="practice" label="Begin with a practice pair" />
        {fields.values.arms.length > 2 && (
          <Flag fields={fields} name="adaptive" label="Spend votes where the order is uncertain" />
        )}
      </Group>
    </Part>
  );
}

/** How many people the plan takes, and that more would find nothing left. */
function PeopleNeeded({ values, experiments }: { values: StudyValues; experiments: readonly Experiment[] }) {
  const size = planSize(values, promptsOf(experiments, values.arms));
  if (!size) return null;
  const { pairs, pairsEach, people } = size;
  const wanted = Number(values.targetParticipants);
  const how =
    pairs === null || pairsEach === null
      ? "each judging every pair"
      : `${count(pairs)} pairs with ${values.votesPerItem} votes each, ${count(pairsEach)} pairs a person`;
  return (
    <Text size="sm" role="status">
      The plan takes {count(people)} {people === 1 ? "person" : "people"} ({how}).{" "}
      {wanted > people && (
        <Text span inherit c="orange.9" fw={600}>
          {count(wanted)} participants are more than that: who comes later finds nothing left to judge.
        </Text>
      )}
    </Text>
  );
}

function Sampling({ fields, experiments }: { fields: Fields; experiments: readonly Experiment[] }) {
  return (
    <Part title="Prompts and votes">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        <TextField fields={fields} name="promptCount" label="Prompts" description="At random; empty: all" />
        <TextField fields={fields} name="promptTag" label="Only with the tag" description="Empty: any" />
        <TextField
          fields={fields}
          name="promptPositions"
          label="Only these prompts"
          description="Positions, such as 0, 4, 10-12"
        />
        <TextField fields={fields} name="seed" label="Seed" description="Chooses prompts, orders, sides" />
        <TextField fields={fields} name="votesPerItem" label="Votes of each pair" description="The paper’s: 14" />
        <TextField fields={fields} name="itemsPerParticipant" label="Pairs a participant" description="Empty: all" />
        <TextField
          fields={fields}
          name="targetParticipants"
          label="Participants"
          description="The open link ends there; empty: never"
        />
      </SimpleGrid>
      <PeopleNeeded values={fields.values} experiments={experiments} />
    </Part>
  );
}

function Quality({ fields }: { fields: Fields }) {
  return (
    <Part title="Checks and exclusions, frozen with the plan">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        <TextField fields={fields} name="attentionChecks" label="Attention checks" description="For each participant" />
        <TextField
          fields={fields}
          name="attentionFailures"
          label="Failures allowed"
          description="More exclude a participant"
        />
        <TextField fields={fields} name="repeats" label="Repeated pairs" description="Sides turned around" />
        <TextField
          fields={fields}
          name="minResponseMs"
          label="Fastest vote, ms"
          description="Faster ones are excluded"
        />
      </SimpleGrid>
    </Part>
  );
}

function Ending({ fields }: { fields: Fields }) {
  return (
    <Part title="At the end, and panels such as Prolific">
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextField fields={fields} name="completionCode" label="Completion code" description="Empty: none" />
        <TextField fields={fields} name="redirectUrl" label="Where to go on" description="https://…" />
      </SimpleGrid>
      <Flag
        fields={fields}
        name="keepPanelIds"
        label="Keep the ids that the panel adds to the link; participants are told"
      />
    </Part>
  );
}

interface StudyFormProps {
  initial: StudyValues;
  experiments: readonly Experiment[];
  /** what the button does */
  act: string;
  hint: string;
  busy: boolean;
  error: Error | undefined;
  onSubmit(values: StudyValues): void;
}

/** The server's refusal by field; under "" what no field of the form is to blame for. */
function refused(error: Error | undefined): Mistakes {
  if (!error) return {};
  const field = CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.field : null;
  return typeof field === "string" ? refusalAt(field, error.message) : { "": error.message };
}

/** All that a study is made of. A mistake is shown at its field until that is changed, and the first one is gone to. */
export function StudyForm({ initial, experiments, act, hint, busy, error, onSubmit }: StudyFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [values, setValues] = useState(initial);
  const [mistakes, setMistakes] = useState<Mistakes>({});
  const [answered, setAnswered] = useState(error);
  const [tries, setTries] = useState(0);
  if (error !== answered) {
    setAnswered(error);
    setMistakes(refused(error));
    setTries(tries + 1);
  }
  // The document's focus: after each refusal it goes to the first field that is wrong.
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [tries]);
  const fields: Fields = {
    values,
    change: (changes) => {
      setMistakes(mistakesAfter(mistakes, values, changes));
      setValues({ ...values, ...changes });
    },
    mistakeAt: (name) => mistakes[name] ?? null,
  };
  const submit = () => {
    const found = mistakesOf(values);
    setMistakes(found);
    if (Object.keys(found).length === 0) onSubmit(values);
    else setTries(tries + 1);
  };
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        <Part title="What is compared">
          <TextField fields={fields} name="name" label="Name" description="For the lab; volunteers never see it" />
          <StudyArms
            arms={values.arms}
            experiments={experiments}
            onChange={(arms) => fields.change({ arms })}
            mistakeAt={fields.mistakeAt}
          />
        </Part>
        <Asking fields={fields} />
        <Sampling fields={fields} experiments={experiments} />
        <Quality fields={fields} />
        <Ending fields={fields} />
        {Object.keys(mistakes).length > 0 && (
          <Text c="red" size="sm" role="alert">
            {mistakes[""] ?? "Please mend what is marked above."}
          </Text>
        )}
        <Group>
          <Button type="submit" loading={busy}>
            {act}
          </Button>
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}
