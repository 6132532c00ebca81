import { useEffect, useRef, useState } from "react";
import type { ClipGroup } from "../../components/clips/clipPlayer.ts";
import { PictureView } from "../../components/clips/PictureView.tsx";
import { moves, PlayButton } from "./Pair.tsx";
import type { PairOfPictures } from "./usePairReady.ts";
import classes from "./vote.module.css";

const SCALES = [1, 2, 4] as const;

/** Both images in one place, large: switching between them shows what differs. Scroll or drag to move. */
export function Zoom({ pictures, group, onClose }: { pictures: PairOfPictures; group: ClipGroup; onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [side, setSide] = useState<"left" | "right">("left");
  const [scale, setScale] = useState<number>(1);
  // A dialog is modal only when the browser is told to open it.
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className={classes.zoom} aria-label="Look closer" onClose={onClose}>
      <div className={classes.zoomBar}>
        {(["left", "right"] as const).map((one) => (
          <button
            key={one}
            type="button"
            className={classes.small}
            aria-pressed={side === one}
            onClick={() => setSide(one)}
          >
            {one === "left" ? "Left" : "Right"}
          </button>
        ))}
        {SCALES.map((one) => (
          <button
            key={one}
            type="button"
            className={classes.small}
            aria-pressed={scale === one}
            onClick={() => setScale(one)}
          >
            {one}×
          </button>
        ))}
        {moves(pictures) && <PlayButton player={group.player} />}
        <button type="button" className={classes.small} onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      <section
        className={classes.zoomArea}
        aria-label={`${side === "left" ? "Left" : "Right"} image, ${scale} times`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
        tabIndex={0}
      >
        <PictureView
          key={side}
          picture={pictures[side]}
          group={group}
          alt={side}
          style={{ width: `calc(${scale} * min(100%, 100dvh - 80px))` }}
        />
      </section>
    </dialog>
  );
}
