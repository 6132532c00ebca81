"use client";
import { Text } from "@mantine/core";
import { count } from "../../../shared/format/number.ts";
import { InStep } from "../../components/clips/InStep.tsx";
import type { RewardFilter } from "../../graphql/generated/graphql.ts";
import { MOST_TILES } from "./gridShape.ts";
import { abridge, prepareRow } from "./prepareRow.ts";
import { isWanted, type PromptRow } from "./roundView.ts";
import classes from "./SampleGrid.module.css";
import { SampleTile } from "./SampleTile.tsx";

interface PromptCardProps {
  row: PromptRow;
  index: number;
  /** Samples that are not like this are shown faint. */
  filter: RewardFilter | null;
  /** The column where the tab key stops, if it stops in this row. */
  stop: number | null;
  /** k is that of the sample to begin with; null for the best one. */
  onOpen(k: number | null): void;
  onFocus(column: number): void;
}

/** A prompt with its samples, best first. */
export function PromptCard({ row, index, filter, stop, onOpen, onFocus }: PromptCardProps) {
  const { prompt } = row;
  const { shown, hidden } = abridge(prepareRow(row.samples), MOST_TILES);
  return (
    <section className={classes.prompt} aria-label={`Prompt ${prompt.position + 1}`}>
      <Text fw={600} size="sm" className={classes.title} title={prompt.text}>
        {prompt.position + 1}. {prompt.text}
      </Text>
      <div className={classes.tiles}>
        <InStep>
          {shown.map(({ sample, choice }, column) => (
            <SampleTile
              key={sample.id}
              sample={sample}
              choice={choice}
              prompt={prompt.text}
              isFaint={!isWanted({ choice, score: sample.score }, filter)}
              place={{ row: index, column }}
              isStop={stop === column}
              onOpen={() => onOpen(sample.k)}
              onFocus={() => onFocus(column)}
            />
          ))}
        </InStep>
        {hidden > 0 && (
          <button type="button" className={classes.more} onClick={() => onOpen(null)}>
            {count(hidden)} more
          </button>
        )}
      </div>
    </section>
  );
}
