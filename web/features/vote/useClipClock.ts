import { useEffect, useState } from "react";
import type { Clip } from "../../../shared/ballot.ts";
import { frameAt, loopOf } from "./picture.ts";

export interface ClipClock {
  /** since the clips began */
  ms: number;
  playing: boolean;
  toggle(): void;
}

const prefersStillness = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * One clock for all clips of a pair, so that they play in step and begin anew together. It rests where the volunteer paused it
 * (WCAG 2.2.2), and from the start for those who asked their device for less motion.
 * @param pair names what is shown: another pair begins anew
 */
export function useClipClock(clips: readonly Clip[], pair: string): ClipClock {
  const [playing, setPlaying] = useState(() => !prefersStillness());
  const [at, setAt] = useState({ pair, ms: 0 });
  const ms = at.pair === pair ? at.ms : 0;
  const moving = playing && clips.length > 0;
  // The display's own rhythm; what is shown changes with frames, not with every tick.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it goes on from where it was, and its own steps must not restart it
  useEffect(() => {
    if (!moving) return;
    const loop = loopOf(clips);
    const start = performance.now() - ms;
    let shown = "";
    let request = requestAnimationFrame(function tick(now) {
      const next = Math.max(0, now - start) % loop;
      const frames = clips.map((clip) => frameAt(clip, next)).join(" ");
      if (frames !== shown) setAt({ pair, ms: next });
      shown = frames;
      request = requestAnimationFrame(tick);
    });
    return () => cancelAnimationFrame(request);
  }, [moving, clips, pair]);
  return { ms, playing, toggle: () => setPlaying((before) => !before) };
}
