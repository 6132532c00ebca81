import { useQuery } from "@apollo/client/react";
import { Anchor, Code, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { QueryState } from "../../components/QueryState.tsx";
import { STUDY_PLAN } from "./StudyPage.graphql.ts";

/** The frozen plan's own text, and its whole hash, under a fold. */
export function StudyPlan({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  const { data, error, refetch } = useQuery(STUDY_PLAN, { variables: { id }, skip: !open });
  const plan = data?.study?.plan;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The frozen plan</summary>
      {open && !plan && <QueryState error={error} onRetry={refetch} />}
      {open && plan && (
        <Stack gap="xs" mt="xs">
          <Group gap="xs" justify="space-between">
            <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              SHA-256 of the file’s bytes: {data.study?.planSha256}
            </Text>
            <Anchor
              size="sm"
              href={`data:application/json;charset=utf-8,${encodeURIComponent(plan)}`}
              download={`study-plan-${data.study?.planSha256?.slice(0, 16)}.json`}
            >
              Download
            </Anchor>
          </Group>
          <Code block mah={360} style={{ overflow: "auto", whiteSpace: "pre-wrap" }} tabIndex={0}>
            {JSON.stringify(JSON.parse(plan), null, 2)}
          </Code>
        </Stack>
      )}
    </details>
  );
}
