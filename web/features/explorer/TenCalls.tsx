"use client";
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { Button, Code, Stack, Text } from "@mantine/core";
import { type Call, TEN_CALLS, UPLOAD, WATCH_JOB } from "../../../shared/ten-calls.ts";
import { ListIcon } from "../../components/icons.tsx";
import classes from "./Explorer.module.css";

/** As in Explorer.module.css. */
const PHONE = "(max-width: 48em)";

/** The name of what a call does, as its document says it. */
const nameOf = ({ operation }: Call): string => /\w+ (\w+)/.exec(operation ?? "")?.[1] ?? "POST /artifacts";

/** Null while the editor is being loaded. */
function useOpenCall(): ((call: Call) => void) | null {
  const { addTab, updateActiveTabValues, setVisiblePlugin } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  if (!queryEditor || !variableEditor) return null;
  return (call) => {
    const query = `${call.operation}\n`;
    const variables = JSON.stringify(call.variables, null, 2);
    addTab();
    // The editors show the tab and tell it of changes a moment later: too late for a reader who opens the next at once.
    updateActiveTabValues({ query, variables, operationName: nameOf(call) });
    queryEditor.setValue(query);
    variableEditor.setValue(variables);
    // There the list covers the editor.
    if (window.matchMedia(PHONE).matches) setVisiblePlugin(null);
  };
}

function Entry({ call, number, onOpen }: { call: Call; number: string; onOpen: ((call: Call) => void) | null }) {
  return (
    <li className={classes.call}>
      <Text size="sm" fw={600}>
        {number} {nameOf(call)}
      </Text>
      <Text size="xs" c="dimmed">
        {call.title}
      </Text>
      {call.operation === null ? (
        <Code block mt={4} className={classes.command}>
          {UPLOAD}
        </Code>
      ) : (
        <Button
          size="compact-xs"
          variant="light"
          mt={4}
          aria-label={`Open ${nameOf(call)}`}
          disabled={!onOpen}
          onClick={() => onOpen?.(call)}
        >
          Open
        </Button>
      )}
    </li>
  );
}

/** The main job, call by call, each opened in a tab of its own. */
function TenCalls() {
  const open = useOpenCall();
  return (
    <Stack gap="sm">
      <Text size="lg" fw={650} component="h2">
        Ten calls
      </Text>
      <Text size="sm">
        From prompts to pairs. Put the ids that a call answers with into the next one's variables, where they stand in
        angle brackets.
      </Text>
      <ol className={classes.calls}>
        {TEN_CALLS.map((call, i) => (
          <Entry key={call.title} call={call} number={`${i + 1}.`} onOpen={open} />
        ))}
        <Entry call={WATCH_JOB} number="→" onOpen={open} />
      </ol>
    </Stack>
  );
}

export const TEN_CALLS_PLUGIN = { title: "Ten calls", icon: ListIcon, content: TenCalls };
