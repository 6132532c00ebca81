"use client";
import { Stack, Table, Text, Title } from "@mantine/core";
import { ATTRIBUTIONS } from "../../shared/attribution.ts";

/** Whose work the demo and the default encoder stand on, and under which licence. */
export function AttributionTable() {
  return (
    <Stack>
      <Title order={1} size="h2">
        Attribution
      </Title>
      <Text>The demo's images and the default encoder's weights are other people's work.</Text>
      <Table.ScrollContainer minWidth={640}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>What</Table.Th>
              <Table.Th>Author</Table.Th>
              <Table.Th>Licence</Table.Th>
              <Table.Th>Used for</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {ATTRIBUTIONS.map((entry) => (
              <Table.Tr key={entry.package}>
                <Table.Td>{entry.name}</Table.Td>
                <Table.Td>{entry.author}</Table.Td>
                <Table.Td>{entry.licence}</Table.Td>
                <Table.Td>{entry.usedFor}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}
