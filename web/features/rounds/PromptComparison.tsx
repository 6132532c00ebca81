"use client";
import { useQuery } from "@apollo/client/react";
import dynamic from "next/dynamic";
import { Dialog } from "../../components/Dialog.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { QueryState } from "../../components/QueryState.tsx";
import type { CompareDialogProps } from "./CompareDialog.tsx";
import { PROMPT_ROW } from "./RoundPage.graphql.ts";
import { NO_MODEL, type PromptRow } from "./roundView.ts";

const CompareDialog = dynamic(() => import("./CompareDialog.tsx").then((module) => module.CompareDialog));

interface PromptComparisonProps extends Omit<CompareDialogProps, "row"> {
  promptId: string;
  model: string | null;
  /** The prompt with its samples, where the list has them; else they are asked for. */
  given: PromptRow | null;
}

/** The comparison of the prompt that the address names, wherever in the list it is. */
export function PromptComparison({ promptId, model, given, ...dialog }: PromptComparisonProps) {
  const { data, error, refetch } = useQuery(PROMPT_ROW, {
    variables: { id: dialog.roundId, promptId, model: model ?? NO_MODEL },
    skip: given !== null,
  });
  const row = given ?? data?.round?.promptRow;
  if (row) return <CompareDialog key={row.prompt.id} row={row} {...dialog} />;
  return (
    <Dialog opened onClose={dialog.onClose} title="Comparison">
      {data ? (
        <EmptyState title="This round has no samples of that prompt" />
      ) : (
        <QueryState error={error} onRetry={refetch} />
      )}
    </Dialog>
  );
}
