"use client";
import { useQuery } from "@apollo/client/react";
import { Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import type { ReactNode } from "react";
import { count } from "../../../shared/format/number.ts";
import { ROUND_OUTCOMES } from "./ExperimentPage.graphql.ts";
import classes from "./Lineage.module.css";
import { type LineageRow, lineageOf } from "./prepareLineage.ts";
import type { Experiment } from "./prepareRounds.ts";

interface NodeProps {
  kind: string;
  /** Absent for what has no page of its own. */
  href?: string;
  children: ReactNode;
}

function Node({ kind, href, children }: NodeProps) {
  const words = (
    <>
      <span className={classes.kind}>{kind}</span>
      <span className={classes.name}>{children}</span>
    </>
  );
  return href ? (
    <Link href={href} className={classes.node}>
      {words}
    </Link>
  ) : (
    <span className={classes.node}>{words}</span>
  );
}

function Row({ row }: { row: LineageRow }) {
  const { roundId, models, next } = row;
  return (
    <li className={classes.row}>
      <div className={classes.cell}>
        <Node kind="Policy">{row.policy}</Node>
      </div>
      <div className={classes.cell}>
        <Node kind={`Round ${row.index}`} href={`/rounds/${roundId}`}>
          {row.samples} samples
        </Node>
      </div>
      <div className={classes.cell}>
        {models.length === 0 && <Node kind="Reward model">none yet</Node>}
        {models.map(({ id, name, state }) => (
          <Node key={id} kind="Reward model" href={`/reward-models/${id}`}>
            {name}
            {state !== "TRAINED" && ` (${state.toLowerCase()})`}
          </Node>
        ))}
        {row.moreModels > 0 && (
          <Text size="xs" c="dimmed">
            and {row.moreModels} more below
          </Text>
        )}
      </div>
      <div className={classes.cell}>
        {models.map(({ id, name, pairs }) => (
          <Node key={id} kind={`Pairs by ${name}`} href={`/rounds/${roundId}?model=${id}`}>
            {pairs === null ? "…" : pairs === 0 ? "none yet" : count(pairs)}
          </Node>
        ))}
      </div>
      {next && (
        <div className={classes.cell}>
          {row.goesOn ? (
            <span className={classes.next}>
              {next.how} <span aria-hidden="true">↴</span>
            </span>
          ) : (
            <Node kind={`Policy by ${next.how}`}>{next.name}</Node>
          )}
        </div>
      )}
    </li>
  );
}

/** Policy, samples, reward model, pairs, and the next policy: how each round came of the one before. */
export function Lineage({ experiment }: { experiment: Experiment }) {
  const { data, previousData } = useQuery(ROUND_OUTCOMES, { variables: { id: experiment.id } });
  const rows = lineageOf(experiment, (data ?? previousData)?.experiment);
  return (
    <Stack gap="xs" component="section" aria-label="Lineage">
      <Title order={2} size="h4">
        Lineage
      </Title>
      <ol className={classes.lineage}>
        {rows.map((row) => (
          <Row key={row.roundId} row={row} />
        ))}
      </ol>
    </Stack>
  );
}
