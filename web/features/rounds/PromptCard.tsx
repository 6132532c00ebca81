"use client";
import { Text } from "@mantine/core";
import { count } from "../../../shared/format/number.ts";
import { abridge, prepareRow } from "./prepareRow.ts";
import type { PromptRow } from "./roundView.ts";
import classes from "./SampleGrid.module.css";
import { SampleTile } from "./SampleTile.tsx";

/** Tiles of one prompt; the comparison shows all of them. */
export const MOST_TILES = 24;

interface PromptCardProps {
  row: PromptRow;
  index: number;
  /** The column where the tab key stops, if it stops in this row. */
  stop: number | null;
  /** k is that of the sample to begin with; null for the best one. */
  onOpen(k: number | null): void;
  onFocus(column: number): void;
}

/** A prompt with its samples, best first. */
export function PromptCard({ row, index, stop, onOpen, onFocus }: PromptCardProps) {
  const { prompt } = row;
  const { shown, hidden } = abridge(prepareRow(row.samples), MOST_TILES);
  return (
    <section className={classes.prompt} aria-label={`Prompt ${prompt.position + 1}`}>
      <Text fw={600} size="sm" mb={4} lineClamp={2} title={prompt.text}>
        {prompt.position + 1}. {prompt.text}
      </Text>
      <div className={classes.tiles}>
        {shown.map((placed, column) => (
          <SampleTile
            key={placed.sample.id}
            placed={placed}
            prompt={prompt.text}
            place={{ row: index, column }}
            isStop={stop === column}
            onOpen={() => onOpen(placed.sample.k)}
            onFocus={() => onFocus(column)}
          />
        ))}
        {hidden > 0 && (
          <button type="button" className={classes.more} onClick={() => onOpen(null)}>
            {count(hidden)} more
          </button>
        )}
      </div>
    </section>
  );
}
