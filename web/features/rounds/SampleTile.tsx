"use client";
import { reward } from "../../../shared/format/number.ts";
import type { Choice, Placed } from "./prepareRow.ts";
import type { Sample } from "./roundView.ts";
import classes from "./SampleTile.module.css";

const MARK = { chosen: "▲ chosen", rejected: "▼ rejected" } as const;

/** The mark in words and a sign; its colour and the tile's border only help. */
export function ChoiceMark({ choice }: { choice: Choice }) {
  return choice && <span className={classes[choice]}>{MARK[choice]}</span>;
}

interface SampleTileProps {
  placed: Placed<Sample>;
  prompt: string;
  /** Its place in the grid, for the keyboard. */
  place: { row: number; column: number };
  /** Whether the tab key stops here. */
  isStop: boolean;
  onOpen(): void;
  onFocus(): void;
}

/** One sample of the grid with its reward; opens the comparison. */
export function SampleTile({ placed: { sample, choice }, prompt, place, isStop, onOpen, onFocus }: SampleTileProps) {
  const score = reward(sample.score?.score);
  return (
    <button
      type="button"
      className={classes.tile}
      data-choice={choice}
      data-row={place.row}
      data-column={place.column}
      tabIndex={isStop ? 0 : -1}
      aria-label={`${prompt}, k ${sample.k}, reward ${score}${choice ? `, ${choice}` : ""}`}
      onClick={onOpen}
      onFocus={onFocus}
    >
      {/* biome-ignore lint/performance/noImgElement: thumbnails are made by the server, sized and immutable */}
      <img
        src={`/artifacts/${sample.artifactSha256}/thumbnail/160`}
        alt=""
        loading="lazy"
        decoding="async"
        width={160}
        height={160}
        className={classes.picture}
      />
      <span className={classes.caption}>
        <span>{score}</span>
        <ChoiceMark choice={choice} />
      </span>
    </button>
  );
}
