"use client";
import { Button } from "@mantine/core";
import { usePlayer } from "./clipPlayer.ts";
import { useClipPlayer } from "./InStep.tsx";

/** Stops the page's clips and lets them go on; nothing where there are none. */
export function PlayClips() {
  const player = useClipPlayer();
  const { playing, hasClips } = usePlayer(player);
  if (!hasClips) return null;
  return (
    <Button size="compact-sm" variant="default" onClick={player.toggle}>
      {playing ? "Pause the clips" : "Play the clips"}
    </Button>
  );
}
