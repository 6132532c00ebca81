"use client";
import { Group, Text } from "@mantine/core";
import type { CSSProperties, Dispatch, ReactNode, SetStateAction } from "react";
import { reward, significant } from "../../../shared/format/number.ts";
import { ClipView } from "../../components/clips/ClipView.tsx";
import type { Choice, Placed } from "./prepareRow.ts";
import type { Sample } from "./roundView.ts";
import { ChoiceMark } from "./SampleTile.tsx";
import { useZoomGestures } from "./useZoomGestures.ts";
import classes from "./ZoomPane.module.css";
import type { Zoom } from "./zoom.ts";

/** From here on single pixels are worth seeing as such. */
const PIXELS = 4;

export interface ZoomState {
  /** One zoom for all panes: they move in step. */
  zoom: Zoom;
  onZoom: Dispatch<SetStateAction<Zoom>>;
}

/** What images are seen through; gestures on it zoom and move all that is zoomed alike. */
export function ZoomFrame({
  zoom,
  onZoom,
  choice = null,
  children,
  ...look
}: ZoomState & { choice?: Choice; children: ReactNode; "data-difference"?: true | undefined; style?: CSSProperties }) {
  const { ref, handlers } = useZoomGestures(zoom, onZoom);
  return (
    <div
      ref={ref}
      className={classes.pane}
      data-zoomed={zoom.scale > 1 || undefined}
      data-choice={choice}
      {...look}
      {...handlers}
    >
      {children}
    </div>
  );
}

interface ZoomedImageProps {
  sample: Sample;
  prompt: string;
  zoom: Zoom;
  style?: CSSProperties;
}

/** The image in full, where the zoom puts it. */
export function ZoomedImage({ sample, prompt, zoom, style }: ZoomedImageProps) {
  const alt = `${prompt}, sample k ${sample.k}`;
  const look = {
    className: classes.picture,
    style: {
      transform: `translate(${100 * zoom.x}%, ${100 * zoom.y}%) scale(${zoom.scale})`,
      imageRendering: zoom.scale >= PIXELS ? "pixelated" : "auto",
      ...style,
    },
  } as const;
  if (sample.frames > 1) return <ClipView sha256={sample.artifactSha256} size="full" alt={alt} {...look} />;
  // biome-ignore lint/performance/noImgElement: the original bytes, of any size, are what is compared
  return <img src={`/artifacts/${sample.artifactSha256}`} alt={alt} draggable={false} {...look} />;
}

/** What is known of a sample; `of` names its round where two are compared. */
export function SampleFacts({ placed: { sample, choice }, of }: { placed: Placed<Sample>; of: string | null }) {
  const { score } = sample;
  return (
    <Group component="figcaption" gap="4px 14px" mt={6}>
      {of && (
        <Text span size="sm" fw={600}>
          {of}
        </Text>
      )}
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
  );
}
