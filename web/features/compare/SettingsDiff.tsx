import { Checkbox, Group, Stack, Text, Title } from "@mantine/core";
import { ExportedTable } from "../../components/export/ExportedTable.tsx";
import type { Column } from "../../components/ResponsiveTable.tsx";
import classes from "./Compare.module.css";
import { type Comparison, labelsOf, settingLines } from "./prepareComparison.ts";

type Line = ReturnType<typeof settingLines>[number];

interface SettingsDiffProps {
  comparison: Comparison;
  /** Also those that are the same for all. */
  all: boolean;
  onAll(all: boolean): void;
}

/** Which settings of the subjects differ, side by side. */
export function SettingsDiff({ comparison, all, onAll }: SettingsDiffProps) {
  const lines = settingLines(comparison.settings, all);
  const columns: [Column<Line>, ...Column<Line>[]] = [
    { label: "Setting", cell: ({ name }) => name },
    ...labelsOf(comparison.subjects).map(
      (label, i): Column<Line> => ({
        label,
        cell: ({ values, differs }) => (
          <span
            className={values[i] === null ? classes.none : all && differs ? classes.differs : undefined}
            style={{ overflowWrap: "anywhere" }}
          >
            {values[i] ?? "–"}
          </span>
        ),
        value: ({ values }) => values[i] ?? null,
      }),
    ),
  ];
  return (
    <Stack gap="xs" component="section" aria-label="Settings side by side">
      <Group justify="space-between">
        <Title order={2} size="h4">
          Settings
        </Title>
        <Checkbox
          size="sm"
          label="Also those that are the same"
          checked={all}
          onChange={(event) => onAll(event.currentTarget.checked)}
        />
      </Group>
      {lines.length === 0 ? (
        <Text size="sm" c="dimmed">
          {comparison.subjects.length > 1 ? "No setting differs." : "There is one thing here, so nothing differs."}
        </Text>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keys (WCAG 2.1.1)
        <section className={classes.wide} tabIndex={0} aria-label="Settings, scrolls sideways">
          <ExportedTable
            label={all ? "Settings" : "Settings that differ"}
            columns={columns}
            rows={lines}
            keyOf={({ name }) => name}
          />
        </section>
      )}
    </Stack>
  );
}
