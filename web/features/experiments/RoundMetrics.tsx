"use client";
import { useQuery } from "@apollo/client/react";
import type { ReactNode } from "react";
import { QueryProblem } from "../../components/QueryState.tsx";
import { ROUNDS_LIVE } from "../../graphql/live.graphql.ts";
import { useLive } from "../../graphql/useLive.ts";
import { ROUND_METRICS } from "./ExperimentPage.graphql.ts";
import { RoundAnswer } from "./RoundAnswer.tsx";
import { RoundMetricsView } from "./RoundMetricsView.tsx";

/**
 * The metrics of an experiment's rounds, kept fresh: first whether the last one is better, then, below `children`, all of them.
 */
export function RoundMetrics({ experimentId, children }: { experimentId: string; children: ReactNode }) {
  const { data, previousData, error, refetch } = useQuery(ROUND_METRICS, {
    variables: { id: experimentId },
    fetchPolicy: "cache-and-network",
  });
  useLive(ROUNDS_LIVE, { variables: { experimentId, aspects: ["WORK", "METRICS"] }, refetch });
  const metrics = (data ?? previousData)?.experiment?.roundMetrics ?? [];
  const problem = <QueryProblem error={error} onRetry={refetch} />;
  return (
    <>
      <RoundAnswer metrics={metrics} />
      {children}
      {metrics.length === 0 ? problem : <RoundMetricsView metrics={metrics} problem={problem} />}
    </>
  );
}
