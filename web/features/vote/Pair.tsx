import type { BallotItem } from "../../../shared/ballot.ts";
import { VoteChoice } from "../../../shared/enums.ts";
import classes from "./vote.module.css";

/** The two images. They appear together, or which one loads faster would be seen first. */
export function Pair({
  item,
  ready,
  failed,
  onChoose,
  onZoom,
}: {
  item: BallotItem;
  ready: boolean;
  failed: boolean;
  onChoose(choice: VoteChoice): void;
  onZoom(): void;
}) {
  const side = (choice: VoteChoice, label: string, source: string) => (
    <button
      type="button"
      className={classes.side}
      aria-label={`${label} image`}
      aria-disabled={!ready}
      onClick={() => onChoose(choice)}
    >
      {/* biome-ignore lint/performance/noImgElement: the server has drawn it for this one place already */}
      <img key={source} src={source} alt="" draggable={false} data-ready={ready} />
    </button>
  );
  return (
    <div className={classes.pairFrame}>
      <div className={classes.pair} aria-busy={!ready && !failed}>
        {side(VoteChoice.LEFT, "Left", item.left)}
        {side(VoteChoice.RIGHT, "Right", item.right)}
      </div>
      {failed && (
        <p role="status" className={classes.notice}>
          An image could not be loaded. It is tried again as soon as there is a connection.
        </p>
      )}
      <button type="button" className={classes.small} onClick={onZoom} disabled={!ready}>
        Look closer
      </button>
    </div>
  );
}
