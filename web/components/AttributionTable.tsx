"use client";
import { Anchor, Stack, Text } from "@mantine/core";
import { ATTRIBUTIONS, type Attribution } from "../../shared/attribution.ts";
import { PageHeader } from "./PageHeader.tsx";
import { type Column, ResponsiveTable } from "./ResponsiveTable.tsx";

const COLUMNS: [Column<Attribution>, ...Column<Attribution>[]] = [
  {
    label: "What",
    cell: (entry) => (
      <Anchor href={`https://www.npmjs.com/package/${entry.package}`} inherit fw={600} rel="noreferrer">
        {entry.name}
      </Anchor>
    ),
  },
  { label: "Author", cell: (entry) => entry.author },
  { label: "Licence", cell: (entry) => entry.licence },
  { label: "Used for", cell: (entry) => entry.usedFor },
];

/** Whose work the demo and the default encoder stand on, and under which licence. */
export function AttributionTable() {
  return (
    <Stack>
      <PageHeader title="Attribution" />
      <Text maw={760}>The demo's images and the default encoder's weights are other people's work.</Text>
      <ResponsiveTable label="Attribution" columns={COLUMNS} rows={ATTRIBUTIONS} keyOf={(entry) => entry.package} />
    </Stack>
  );
}
