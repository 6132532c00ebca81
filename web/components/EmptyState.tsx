"use client";
import { Paper, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** Nothing to show, and what would bring something. */
export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Paper withBorder p="xl" ta="center">
      <Stack gap={4} align="center">
        <Text fw={600}>{title}</Text>
        {children && (
          <Text size="sm" c="dimmed" maw={560}>
            {children}
          </Text>
        )}
      </Stack>
    </Paper>
  );
}
