import { useState } from "react";
import { VoteChoice } from "../../../shared/enums.ts";
import { type ClipGroup, type ClipPlayer, usePlayer } from "../../components/clips/clipPlayer.ts";
import { PictureView } from "../../components/clips/PictureView.tsx";
import type { PairOfPictures } from "./usePairReady.ts";
import classes from "./vote.module.css";

interface PairProps {
  /** null until both are there */
  pictures: PairOfPictures | null;
  /** What both play in step by. */
  group: ClipGroup;
  failed: boolean;
  onChoose(choice: VoteChoice): void;
  onZoom(): void;
}

export const moves = ({ left, right }: PairOfPictures): boolean => left.clip !== null || right.clip !== null;

/** The two images. They appear together, or which one loads faster would be seen first. */
export function Pair({ pictures, group, failed, onChoose, onZoom }: PairProps) {
  // A pointer that lies still where an image comes to be says nothing; a frame around that image would be a nudge.
  const [pointed, setPointed] = useState(false);
  const side = (choice: VoteChoice, of: keyof PairOfPictures, label: string) => (
    <button
      type="button"
      className={classes.side}
      aria-label={`${label} image`}
      aria-disabled={!pictures}
      onClick={() => onChoose(choice)}
    >
      {pictures && <PictureView key={pictures[of].url} picture={pictures[of]} group={group} alt="" />}
    </button>
  );
  return (
    <div className={classes.pairFrame}>
      <div
        className={pointed ? `${classes.pair} ${classes.pointed}` : classes.pair}
        onPointerMove={({ movementX, movementY }) => setPointed(pointed || movementX !== 0 || movementY !== 0)}
        aria-busy={!pictures && !failed}
      >
        {side(VoteChoice.LEFT, "left", "Left")}
        {side(VoteChoice.RIGHT, "right", "Right")}
      </div>
      {failed && (
        <p role="status" className={classes.notice}>
          An image could not be loaded. It is tried again as soon as there is a connection.
        </p>
      )}
      <div className={classes.pairTools}>
        <button type="button" className={classes.small} onClick={onZoom} disabled={!pictures}>
          Look closer
        </button>
        {pictures && moves(pictures) && <PlayButton player={group.player} />}
      </div>
    </div>
  );
}

/** Stops what moves and lets it go on. */
export function PlayButton({ player }: { player: ClipPlayer }) {
  const { playing } = usePlayer(player);
  return (
    <button type="button" className={classes.small} onClick={player.toggle}>
      {playing ? "Pause the clips" : "Play the clips"}
    </button>
  );
}
