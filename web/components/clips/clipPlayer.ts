import { useSyncExternalStore } from "react";
import type { Clip } from "../../../shared/clip.ts";
import { frameAt, lengthOf } from "./picture.ts";

/** Clips that begin together and anew together, when the longest of them is over. Where the others are over they wait with their last frame. */
export class ClipGroup {
  /** How long the group plays until it begins anew, ms. */
  loop = 0;

  /** @param since the player's time at which it begins */
  constructor(
    readonly player: ClipPlayer,
    readonly since = 0,
  ) {}
}

interface Show {
  group: ClipGroup;
  clip: Clip;
  frame: number;
  draw(frame: number): void;
}

export interface PlayerState {
  playing: boolean;
  /** It played before or does now: clips stand where it left them. */
  started: boolean;
  /** There are clips to be played. */
  hasClips: boolean;
}

const prefersStillness = () =>
  typeof window === "undefined" || window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * One clock for all clips of a page. It rests where the reader paused it (WCAG 2.2.2), and from the start for those who asked their
 * device for less motion. It draws frames itself: what React renders does not change with them.
 */
export class ClipPlayer {
  state: PlayerState;
  private readonly shows = new Set<Show>();
  private readonly watchers = new Set<() => void>();
  private clips = 0;
  private ms = 0;
  private request = 0;

  constructor(playing = !prefersStillness()) {
    this.state = { playing, started: playing, hasClips: false };
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  /** A group that begins now. */
  groupFromNow(): ClipGroup {
    return new ClipGroup(this, this.ms);
  }

  readonly toggle = (): void => {
    const playing = !this.state.playing;
    this.change({ playing, started: this.state.started || playing });
    this.run();
  };

  /** Tells that there is a clip to be played, until the answer is called. */
  announce(): () => void {
    const count = (by: 1 | -1) => {
      this.clips += by;
      if (this.state.hasClips !== this.clips > 0) this.change({ hasClips: this.clips > 0 });
    };
    count(1);
    return () => count(-1);
  }

  /** Has a clip drawn: its frame of now, and each other one in its time, until the answer is called. */
  show(group: ClipGroup, clip: Clip, draw: (frame: number) => void): () => void {
    const shown: Show = { group, clip, draw, frame: -1 };
    this.shows.add(shown);
    this.measure(group);
    this.run();
    return () => {
      this.shows.delete(shown);
      this.measure(group);
    };
  }

  private change(to: Partial<PlayerState>): void {
    this.state = { ...this.state, ...to };
    for (const watcher of this.watchers) watcher();
  }

  /** Another clip in a group can make it longer or shorter, so that the others of it stand elsewhere. */
  private measure(group: ClipGroup): void {
    const members = [...this.shows].filter((shown) => shown.group === group);
    group.loop = Math.max(0, ...members.map(({ clip }) => lengthOf(clip)));
    for (const member of members) this.step(member);
  }

  private step(shown: Show): void {
    const { group, clip } = shown;
    const frame = frameAt(clip, (this.ms - group.since) % group.loop);
    if (frame === shown.frame) return;
    shown.frame = frame;
    shown.draw(frame);
  }

  /** Goes on in the display's own rhythm while there is something to play. */
  private run(): void {
    cancelAnimationFrame(this.request);
    if (!this.state.playing || this.shows.size === 0) return;
    const start = performance.now() - this.ms;
    const tick = (now: number) => {
      this.ms = Math.max(this.ms, now - start);
      for (const shown of this.shows) this.step(shown);
      if (this.shows.size > 0) this.request = requestAnimationFrame(tick);
    };
    this.request = requestAnimationFrame(tick);
  }
}

const NOTHING: PlayerState = { playing: false, started: false, hasClips: false };

/** What a player does now. */
export const usePlayer = (player: ClipPlayer): PlayerState =>
  useSyncExternalStore(
    player.subscribe,
    () => player.state,
    () => NOTHING,
  );
