"use client";
import { useMutation, useQuery } from "@apollo/client/react";
import { Stack } from "@mantine/core";
import { useRouter } from "next/navigation";
import { EmptyState } from "../../components/EmptyState.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { QueryState } from "../../components/QueryState.tsx";
import { COMPARABLE_ROUNDS, CREATE_STUDY } from "./StudyForm.graphql.ts";
import { StudyForm } from "./StudyForm.tsx";
import { inputOf, NEW_STUDY, roundOptions, type StudyValues } from "./studyForm.ts";

const ABOVE = [{ href: "/studies", label: "User studies" }];

/** Makes a draft. */
export function NewStudy() {
  const router = useRouter();
  const { data, error: loadError, refetch } = useQuery(COMPARABLE_ROUNDS, { fetchPolicy: "cache-and-network" });
  const [create, { loading, error }] = useMutation(CREATE_STUDY);
  const submit = async (values: StudyValues): Promise<void> => {
    const made = await create({ variables: { input: inputOf(values) } }).catch(() => null);
    if (made?.data) router.push(`/studies/${made.data.createStudy.study.id}`);
  };
  const experiments = data?.experiments.nodes;
  if (!experiments) return <QueryState error={loadError} onRetry={refetch} />;
  return (
    <Stack>
      <PageHeader title="New study" above={ABOVE} />
      {roundOptions(experiments, null).length === 0 && (
        <EmptyState title="No round has samples yet">Log or generate samples of two rounds first.</EmptyState>
      )}
      <StudyForm
        initial={NEW_STUDY}
        experiments={experiments}
        act="Make a draft"
        hint="It can be looked at as a volunteer sees it before it is opened."
        busy={loading}
        error={error}
        onSubmit={(values) => void submit(values)}
      />
    </Stack>
  );
}
