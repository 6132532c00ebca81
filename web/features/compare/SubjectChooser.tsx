"use client";
import { useQuery } from "@apollo/client/react";
import { Button, Checkbox, CloseButton, Fieldset, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import type { ComparedKind } from "../../../shared/enums.ts";
import { MOST_SUBJECTS, type Subject } from "../../components/compareAddress.ts";
import { QueryProblem } from "../../components/QueryState.tsx";
import classes from "./Compare.module.css";
import { COMPARABLE, REPORTED_TABLES } from "./ComparePage.graphql.ts";
import { type Comparison, labelsOf, tableTitle } from "./prepareComparison.ts";

const PAUSE_MS = 200;
const KINDS: Record<`${ComparedKind}`, string> = {
  EXPERIMENT: "Experiment",
  ROUND: "Round",
  POLICY: "Policy",
  REWARD_MODEL: "Reward model",
};
const isKind = (kind: string): kind is `${ComparedKind}` => kind in KINDS;

interface AddSubjectProps {
  chosen: readonly Subject[];
  onAdd(subject: Subject): void;
}

/** Finds what can be compared by its words and adds it. */
export function AddSubject({ chosen, onAdd }: AddSubjectProps) {
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text.trim(), PAUSE_MS);
  const { data, previousData, error, loading } = useQuery(COMPARABLE, {
    variables: { text: asked },
    skip: asked === "",
  });
  const hits = asked === "" || text.trim() === "" ? [] : ((data ?? previousData)?.search ?? []);
  const found = hits.flatMap(({ kind, ...hit }) =>
    isKind(kind) && !chosen.some((one) => one.kind === kind && one.id === hit.id) ? [{ kind, ...hit }] : [],
  );
  if (chosen.length >= MOST_SUBJECTS)
    return (
      <Text size="sm" c="dimmed">
        {MOST_SUBJECTS} are compared at most.
      </Text>
    );
  return (
    <Stack gap={6}>
      <TextInput
        type="search"
        label="Add by name or id"
        placeholder="An experiment, “round 2”, a policy, a reward model"
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.currentTarget.value)}
        maw={460}
      />
      <QueryProblem error={error} />
      <ul className={classes.chips} aria-label="Found">
        {found.map(({ kind, id, title, detail }) => (
          <li key={`${kind} ${id}`}>
            <Button
              variant="default"
              size="compact-sm"
              h="auto"
              styles={{ label: { whiteSpace: "normal", textAlign: "start" } }}
              onClick={() => onAdd({ kind, id })}
            >
              + {title}, {kind === "EXPERIMENT" ? "experiment" : kind === "POLICY" ? `${detail} policy` : detail}
            </Button>
          </li>
        ))}
      </ul>
      {asked !== "" && !loading && !error && found.length === 0 && (
        <Text size="sm" role="status">
          Nothing else to compare has “{asked}”.
        </Text>
      )}
    </Stack>
  );
}

/** What is compared, each with a way to take it out. */
export function Chosen({ subjects, onRemove }: { subjects: Comparison["subjects"]; onRemove(id: string): void }) {
  return (
    <ul className={classes.chips} aria-label="Compared">
      {labelsOf(subjects).map((label, i) => {
        const { kind, id } = subjects[i] as Comparison["subjects"][number];
        return (
          <li key={`${kind} ${id}`} className={classes.chip}>
            <span>
              <Text span size="xs" c="dimmed">
                {KINDS[kind]}
              </Text>{" "}
              {label}
            </span>
            <CloseButton size="sm" aria-label={`Take out ${label}`} onClick={() => onRemove(id)} />
          </li>
        );
      })}
    </ul>
  );
}

/** Whom the others are compared with. */
export function Baseline({ comparison, onChange }: { comparison: Comparison; onChange(id: string | null): void }) {
  const { subjects, baselineId } = comparison;
  if (subjects.length < 2) return null;
  return (
    <NativeSelect
      label="Compare with"
      value={baselineId ?? ""}
      data={labelsOf(subjects).map((label, i) => ({ value: subjects[i]?.id ?? "", label }))}
      onChange={(event) => {
        const { value } = event.currentTarget;
        onChange(value === subjects[0]?.id ? null : value);
      }}
      maw={320}
    />
  );
}

/** Which published tables stand beside. */
export function PublishedTables({ shown, onChange }: { shown: readonly string[]; onChange(names: string[]): void }) {
  const { data, error } = useQuery(REPORTED_TABLES);
  const names = [...new Set((data?.reportedTables ?? []).map(({ name }) => name))];
  const sources = [...new Set((data?.reportedTables ?? []).map(({ source }) => source))];
  return (
    <details open={shown.length > 0}>
      <summary>
        <Text span size="sm">
          Beside it, numbers reported by the paper
        </Text>
      </summary>
      <QueryProblem error={error} />
      {data && names.length === 0 && (
        <Text size="sm" c="dimmed" mt={6}>
          None are recorded: npm run import -- --paper-tables records those of the GAN-RM paper.
        </Text>
      )}
      {names.length > 0 && (
        <Fieldset variant="unstyled" legend={<Text size="xs">{sources.join("; ")}</Text>} mt={6}>
          <Group gap="8px 20px">
            {names.map((name) => (
              <Checkbox
                key={name}
                size="sm"
                label={tableTitle(name)}
                checked={shown.includes(name)}
                onChange={(event) =>
                  onChange(event.currentTarget.checked ? [...shown, name] : shown.filter((one) => one !== name))
                }
              />
            ))}
          </Group>
        </Fieldset>
      )}
    </details>
  );
}
