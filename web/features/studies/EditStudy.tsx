"use client";
import { useMutation, useQuery } from "@apollo/client/react";
import { Stack } from "@mantine/core";
import { useRouter } from "next/navigation";
import { EmptyState } from "../../components/EmptyState.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { QueryState } from "../../components/QueryState.tsx";
import { STUDY_DRAFT, UPDATE_STUDY } from "./StudyForm.graphql.ts";
import { StudyForm } from "./StudyForm.tsx";
import { inputOf, offeredTo, type StudyValues, valuesOf } from "./studyForm.ts";

/** Puts a draft in order anew. What was opened is frozen, and the page says so. */
export function EditStudy({ id }: { id: string }) {
  const router = useRouter();
  // What others change meanwhile must not overwrite what is being typed, so it is asked for once.
  const { data, error: loadError, refetch } = useQuery(STUDY_DRAFT, { variables: { id }, fetchPolicy: "network-only" });
  const [update, { loading, error }] = useMutation(UPDATE_STUDY);
  const submit = async (values: StudyValues): Promise<void> => {
    const made = await update({ variables: { id, input: inputOf(values) } }).catch(() => null);
    if (made?.data) router.push(`/studies/${id}`);
  };
  if (!data) return <QueryState error={loadError} onRetry={refetch} />;
  const { study, experiments } = data;
  const above = [
    { href: "/studies", label: "User studies" },
    ...(study ? [{ href: `/studies/${id}`, label: study.name }] : []),
  ];
  if (study?.state !== "DRAFT")
    return (
      <Stack>
        <PageHeader title={study ? "Frozen" : "No such study"} above={above} />
        <EmptyState title={study ? "This study was opened and keeps its plan" : "There is no study with this address"}>
          {study && "Make another one to ask something else."}
        </EmptyState>
      </Stack>
    );
  return (
    <Stack>
      <PageHeader title="Edit the draft" above={above} />
      <StudyForm
        initial={valuesOf(study)}
        experiments={offeredTo(study, experiments.nodes)}
        act="Save the draft"
        hint="Prompts and samples are chosen anew. A preview that was opened before ends."
        busy={loading}
        error={error}
        onSubmit={(values) => void submit(values)}
      />
    </Stack>
  );
}
