"use client";
import { useComputedColorScheme } from "@mantine/core";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import "graphiql/setup-workers/webpack";
import "graphiql/style.css";
import { fetcher } from "./fetcher.ts";
import { TEN_CALLS_PLUGIN } from "./TenCalls.tsx";

const PLUGINS = [TEN_CALLS_PLUGIN, HISTORY_PLUGIN];
const WELCOME = `# You are signed in as on the dashboard.
# "Ten calls" on the left has the main job,
# the book has the whole schema.
query Experiments {
  experiments(first: 5) {
    nodes {
      id
      name
      status
      rounds {
        index
        sampleCount
      }
    }
  }
}
`;

/** GraphiQL with the session of the dashboard, without its logo; `?query=` and `?variables=` open one of the reader's own. */
export function Explorer() {
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  const given = new URLSearchParams(window.location.search);
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={PLUGINS}
      defaultQuery={WELCOME}
      initialQuery={given.get("query") ?? undefined}
      initialVariables={given.get("variables") ?? undefined}
      forcedTheme={scheme}
      defaultEditorToolsVisibility="variables"
      isHeadersEditorEnabled={false}
      shouldPersistHeaders={false}
    >
      <GraphiQL.Logo> </GraphiQL.Logo>
    </GraphiQL>
  );
}
