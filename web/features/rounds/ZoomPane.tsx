"use client";
import { Group, Text } from "@mantine/core";
import type { Dispatch, SetStateAction } from "react";
import { reward, significant } from "../../../shared/format/number.ts";
import type { Placed } from "./prepareRow.ts";
import type { Sample } from "./roundView.ts";
import { ChoiceMark } from "./SampleTile.tsx";
import { useZoomGestures } from "./useZoomGestures.ts";
import classes from "./ZoomPane.module.css";
import type { Zoom } from "./zoom.ts";

/** From here on single pixels are worth seeing as such. */
const PIXELS = 4;

interface ZoomPaneProps {
  side: "Left" | "Right";
  placed: Placed<Sample>;
  prompt: string;
  /** One zoom for both panes: they move in step. */
  zoom: Zoom;
  onZoom: Dispatch<SetStateAction<Zoom>>;
}

/** One side of a comparison: the image in full, and what is known of it. */
export function ZoomPane({ side, placed: { sample, choice }, prompt, zoom, onZoom }: ZoomPaneProps) {
  const { ref, handlers } = useZoomGestures(zoom, onZoom);
  const { score } = sample;
  return (
    <figure style={{ margin: 0, minWidth: 0 }} aria-label={`${side}: sample k ${sample.k}`}>
      <div
        ref={ref}
        className={classes.pane}
        data-zoomed={zoom.scale > 1 || undefined}
        data-choice={choice}
        {...handlers}
      >
        {/* biome-ignore lint/performance/noImgElement: the original bytes, of any size, are what is compared */}
        <img
          src={`/artifacts/${sample.artifactSha256}`}
          alt={`${prompt}, sample k ${sample.k}`}
          className={classes.picture}
          draggable={false}
          style={{
            transform: `translate(${100 * zoom.x}%, ${100 * zoom.y}%) scale(${zoom.scale})`,
            imageRendering: zoom.scale >= PIXELS ? "pixelated" : "auto",
          }}
        />
      </div>
      <Group component="figcaption" gap="4px 14px" mt={6}>
        <Text span size="sm">
          reward <b>{reward(score?.score)}</b>
        </Text>
        <Text span size="sm">
          <ChoiceMark choice={choice} />
        </Text>
        <Text span size="xs" c="dimmed">
          rank {score?.rank ?? "–"} · logit {significant(score?.logit)} · k {sample.k} · {sample.label ?? "no label"} ·
          seed {sample.seed ?? "–"}
        </Text>
      </Group>
    </figure>
  );
}
