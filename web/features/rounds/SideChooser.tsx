"use client";
import { NativeSelect } from "@mantine/core";
import { reward } from "../../../shared/format/number.ts";
import classes from "./CompareDialog.module.css";
import type { ComparableRound, OneSide, Side } from "./useComparedSides.ts";

interface SideChooserProps {
  side: Side;
  of: OneSide;
  roundId: string;
  rounds: readonly ComparableRound[];
  onRound(id: string): void;
  onPick(k: number): void;
}

/** Which round, and all K samples of it, best first: a click puts one on the chosen side. */
export function SideChooser({ side, of, roundId, rounds, onRound, onPick }: SideChooserProps) {
  return (
    <>
      {rounds.length > 1 && (
        <NativeSelect
          label={`Round on the ${side}`}
          description="Rewards are those of each round's own model; the same k was drawn from the same seed where a policy drew it."
          value={of.round?.id ?? roundId}
          data={rounds.map(({ id, index }) => ({ value: id, label: `Round ${index}` }))}
          onChange={(event) => onRound(event.currentTarget.value)}
        />
      )}
      <fieldset className={classes.strip} aria-label={`Samples, for the ${side} side`}>
        {of.placed.map((one) => (
          <button
            key={one.sample.id}
            type="button"
            className={classes.thumb}
            aria-pressed={one === of.shown}
            aria-label={`k ${one.sample.k}, reward ${reward(one.sample.score?.score)}${one.choice ? `, ${one.choice}` : ""}`}
            onClick={() => onPick(one.sample.k)}
          >
            {/* biome-ignore lint/performance/noImgElement: thumbnails are made by the server, sized and immutable */}
            <img src={`/artifacts/${one.sample.artifactSha256}/thumbnail/160`} alt="" loading="lazy" />
            {reward(one.sample.score?.score)}
          </button>
        ))}
      </fieldset>
    </>
  );
}
