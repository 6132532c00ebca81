"use client";
import { Alert, Button, Code, CopyButton, Group, Stack } from "@mantine/core";

/** A secret, this once. */
export function Secret({ title, secret, onDone }: { title: string; secret: string; onDone(): void }) {
  return (
    <Alert color="teal" title={title} role="status">
      <Stack gap="xs">
        <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap", maxHeight: 240, overflowY: "auto" }}>
          {secret}
        </Code>
        <Group gap="xs">
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button size="compact-sm" variant="default" onClick={copy}>
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
          <Button size="compact-sm" variant="subtle" onClick={onDone}>
            Done
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
