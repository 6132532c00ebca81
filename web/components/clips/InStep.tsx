"use client";
import { createContext, type ReactNode, useContext, useState } from "react";
import { ClipGroup, ClipPlayer } from "./clipPlayer.ts";

const Player = createContext<ClipPlayer | null>(null);
const Group = createContext<ClipGroup | null>(null);

function found<T>(value: T | null, component: string): T {
  if (!value) throw new Error(`There is no ${component} around it.`);
  return value;
}

/** One clock for all clips in it. */
export function ClipsOfPage({ children }: { children: ReactNode }) {
  const [player] = useState(() => new ClipPlayer());
  return <Player value={player}>{children}</Player>;
}

/** Clips in it begin together and anew together. */
export function InStep({ children }: { children: ReactNode }) {
  const player = useClipPlayer();
  const [group] = useState(() => new ClipGroup(player));
  return <Group value={group}>{children}</Group>;
}

export const useClipPlayer = (): ClipPlayer => found(useContext(Player), "ClipsOfPage");
export const useClipGroup = (): ClipGroup => found(useContext(Group), "InStep");
