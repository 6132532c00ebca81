"use client";
import { Button, Group, NativeSelect, Text } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";
import classes from "./CompareDialog.module.css";
import type { Placed } from "./prepareRow.ts";
import type { Sample, Shown } from "./roundView.ts";
import { SampleFacts, ZoomedImage, ZoomFrame, type ZoomState } from "./ZoomPane.tsx";

/** The address follows the line when it rests. */
const REST_MS = 200;

export interface ComparedSide {
  placed: Placed<Sample>;
  /** The round's name, where two rounds are compared. */
  of: string | null;
}

interface PanesProps extends ZoomState {
  left: ComparedSide;
  right: ComparedSide;
  prompt: string;
}

const nameOf = (side: "Left" | "Right", { placed, of }: ComparedSide) =>
  `${side}: sample k ${placed.sample.k}${of ? ` of ${of.toLowerCase()}` : ""}`;

/** One side in a pane of its own. */
export function Pane({
  side,
  shown,
  prompt,
  zoom,
  onZoom,
}: ZoomState & { side: "Left" | "Right"; shown: ComparedSide; prompt: string }) {
  return (
    <figure className={classes.figure} aria-label={nameOf(side, shown)}>
      <ZoomFrame zoom={zoom} onZoom={onZoom} choice={shown.placed.choice}>
        <ZoomedImage sample={shown.placed.sample} prompt={prompt} zoom={zoom} />
      </ZoomFrame>
      <SampleFacts placed={shown.placed} of={shown.of} />
    </figure>
  );
}

function Beside({ left, right, prompt, ...zoom }: PanesProps) {
  return (
    <div className={classes.panes}>
      <Pane side="Left" shown={left} prompt={prompt} {...zoom} />
      <Pane side="Right" shown={right} prompt={prompt} {...zoom} />
    </div>
  );
}

/** What is known of both, below a pane that shows them in one place. */
function BothFacts({ left, right }: Pick<PanesProps, "left" | "right">) {
  return (
    <div className={classes.panes}>
      {(["Left", "Right"] as const).map((side) => {
        const shown = side === "Left" ? left : right;
        return (
          <figure key={side} className={classes.figure} aria-label={nameOf(side, shown)}>
            <Text size="xs" c="dimmed">
              {side}
            </Text>
            <SampleFacts placed={shown.placed} of={shown.of} />
          </figure>
        );
      })}
    </div>
  );
}

/** The right one over the left one, from a line that can be moved. */
function Wipe({ wipe, onWipe, ...props }: PanesProps & { wipe: number; onWipe(percent: number): void }) {
  const { left, right, prompt, zoom, onZoom } = props;
  const [at, setAt] = useState(wipe);
  const later = useDebouncedCallback(onWipe, REST_MS);
  return (
    <>
      <div className={classes.solo}>
        <ZoomFrame zoom={zoom} onZoom={onZoom}>
          <ZoomedImage sample={left.placed.sample} prompt={prompt} zoom={zoom} />
          <div className={classes.over} style={{ clipPath: `inset(0 0 0 ${at}%)` }}>
            <ZoomedImage sample={right.placed.sample} prompt={prompt} zoom={zoom} />
          </div>
          <div className={classes.line} style={{ insetInlineStart: `${at}%` }} />
        </ZoomFrame>
        <input
          type="range"
          min={0}
          max={100}
          value={at}
          onChange={(event) => {
            setAt(Number(event.currentTarget.value));
            later(Number(event.currentTarget.value));
          }}
          aria-label="Share of the left sample, percent"
          className={classes.range}
        />
      </div>
      <BothFacts {...props} />
    </>
  );
}

/** One in the other's place, so that what changed is what moves. */
function Flip({ flipped, onFlip, ...props }: PanesProps & { flipped: boolean; onFlip(): void }) {
  const { left, right, prompt, zoom, onZoom } = props;
  return (
    <>
      <div className={classes.solo}>
        <ZoomFrame zoom={zoom} onZoom={onZoom}>
          <ZoomedImage sample={left.placed.sample} prompt={prompt} zoom={zoom} />
          <div className={classes.over} style={{ visibility: flipped ? "visible" : "hidden" }}>
            <ZoomedImage sample={right.placed.sample} prompt={prompt} zoom={zoom} />
          </div>
        </ZoomFrame>
      </div>
      <Group gap="sm">
        <Button size="compact-md" variant="default" onClick={onFlip}>
          Flip
        </Button>
        <Text size="sm" role="status">
          Shown: {flipped ? nameOf("Right", right) : nameOf("Left", left)}
        </Text>
      </Group>
      <BothFacts {...props} />
    </>
  );
}

/** The difference of each colour of each pixel: black where both are alike. */
function Difference(props: PanesProps) {
  const { left, right, prompt, zoom, onZoom } = props;
  const [gain, setGain] = useState("1");
  return (
    <>
      <div className={classes.solo}>
        <ZoomFrame zoom={zoom} onZoom={onZoom} data-difference style={{ filter: `brightness(${gain})` }}>
          <ZoomedImage sample={left.placed.sample} prompt={prompt} zoom={zoom} />
          <ZoomedImage
            sample={right.placed.sample}
            prompt={prompt}
            zoom={zoom}
            style={{ mixBlendMode: "difference" }}
          />
        </ZoomFrame>
      </div>
      <Group gap="sm" align="end">
        <NativeSelect
          label="Brightness"
          value={gain}
          data={["1", "4", "16"].map((value) => ({ value, label: `${value}×` }))}
          onChange={(event) => setGain(event.currentTarget.value)}
        />
        <Text size="sm" c="dimmed">
          |left − right| of every pixel&apos;s colours; black: no difference.
        </Text>
      </Group>
      <BothFacts {...props} />
    </>
  );
}

interface ComparePanesProps extends PanesProps {
  shown: Shown;
  flipped: boolean;
  onFlip(): void;
  /** Percent of the left one. */
  wipe: number;
  onWipe(percent: number): void;
}

/** Two samples, compared in one of four ways. */
export function ComparePanes({ shown, flipped, onFlip, wipe, onWipe, ...panes }: ComparePanesProps) {
  if (shown === "slider") return <Wipe wipe={wipe} onWipe={onWipe} {...panes} />;
  if (shown === "flip") return <Flip flipped={flipped} onFlip={onFlip} {...panes} />;
  if (shown === "difference") return <Difference {...panes} />;
  return <Beside {...panes} />;
}
