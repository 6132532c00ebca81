"use client";
import { useInViewport } from "@mantine/hooks";
import { reward } from "../../../shared/format/number.ts";
import { ClipView } from "../../components/clips/ClipView.tsx";
import type { Choice } from "./prepareRow.ts";
import type { Sample } from "./roundView.ts";
import classes from "./SampleTile.module.css";

const MARK = { chosen: "▲ chosen", rejected: "▼ rejected" } as const;

/** The mark in words and a sign; its colour and the tile's border only help. */
export function ChoiceMark({ choice }: { choice: Choice }) {
  return choice && <span className={classes[choice]}>{MARK[choice]}</span>;
}

/** A clip that plays while it can be seen. */
function TileClip({ sha256 }: { sha256: string }) {
  const { ref, inViewport } = useInViewport<HTMLSpanElement>();
  return (
    <span ref={ref} className={classes.picture}>
      <ClipView sha256={sha256} size="160" isSeen={inViewport} alt="" className={classes.clip} />
    </span>
  );
}

interface SampleTileProps {
  sample: Pick<Sample, "k" | "artifactSha256" | "frames" | "score">;
  choice: Choice;
  prompt: string;
  /** The rewards, in words where there are two. */
  score?: string;
  /** The prompt, where the tile stands alone. */
  title?: string;
  /** Not among those that are looked for. */
  isFaint?: boolean;
  /** Its place in the grid, for the keyboard. */
  place: { row: number; column: number };
  /** Whether the tab key stops here. */
  isStop: boolean;
  onOpen(): void;
  onFocus(): void;
}

/** One sample of the grid with its reward; opens the comparison. */
export function SampleTile({
  sample,
  choice,
  prompt,
  score = reward(sample.score?.score),
  title,
  isFaint = false,
  place,
  isStop,
  onOpen,
  onFocus,
}: SampleTileProps) {
  return (
    <button
      type="button"
      className={classes.tile}
      data-choice={choice}
      data-faint={isFaint || undefined}
      data-row={place.row}
      data-column={place.column}
      tabIndex={isStop ? 0 : -1}
      aria-label={`${prompt}, k ${sample.k}, reward ${score}${choice ? `, ${choice}` : ""}`}
      onClick={onOpen}
      onFocus={onFocus}
    >
      {sample.frames > 1 ? (
        <TileClip sha256={sample.artifactSha256} />
      ) : (
        // biome-ignore lint/performance/noImgElement: thumbnails are made by the server, sized and immutable
        <img
          src={`/artifacts/${sample.artifactSha256}/thumbnail/160`}
          alt=""
          decoding="async"
          width={160}
          height={160}
          className={classes.picture}
        />
      )}
      <span className={classes.caption}>
        {title && <span className={classes.title}>{title}</span>}
        <span>{score}</span>
        <ChoiceMark choice={choice} />
      </span>
    </button>
  );
}
