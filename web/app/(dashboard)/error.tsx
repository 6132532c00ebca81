"use client";
import { Alert, Button, Stack, Text } from "@mantine/core";
import { PageHeader } from "../../components/PageHeader.tsx";

/** A mistake of ours in a page: the rest of the dashboard goes on. */
export default function PageError({ error, reset }: { error: Error; reset(): void }) {
  return (
    <Stack>
      <PageHeader title="This page broke" above={[{ href: "/", label: "Experiments" }]} />
      <Alert color="red" title="Something went wrong here" role="alert">
        <Stack gap="xs" align="start">
          <Text size="sm">{error.message}</Text>
          <Button size="compact-sm" variant="default" onClick={reset}>
            Try again
          </Button>
        </Stack>
      </Alert>
    </Stack>
  );
}
