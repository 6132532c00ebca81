"use client";
import { Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useHotkeys, useMediaQuery } from "@mantine/hooks";
import { useState } from "react";
import { reward } from "../../../shared/format/number.ts";
import { Dialog } from "../../components/Dialog.tsx";
import classes from "./CompareDialog.module.css";
import { type Placed, prepareRow, sidesOf } from "./prepareRow.ts";
import type { ChangeView, PromptRow, RoundView, Sample } from "./roundView.ts";
import { ZoomPane } from "./ZoomPane.tsx";
import { WHOLE, type Zoom, zoomAt } from "./zoom.ts";

const STEP = 1.5;
type Side = "left" | "right";

export interface CompareDialogProps {
  row: PromptRow;
  view: RoundView;
  change: ChangeView;
  letters: boolean;
  /** To a neighbouring prompt; null where there is none on the page. */
  onPrevious: (() => void) | null;
  onNext: (() => void) | null;
  onClose(): void;
}

interface StripProps {
  placed: Placed<Sample>[];
  shown: Placed<Sample> | undefined;
  side: Side;
  onPick(k: number): void;
}

/** All K samples, best first: a click puts one on the chosen side. */
function Strip({ placed, shown, side, onPick }: StripProps) {
  return (
    <fieldset className={classes.strip} aria-label={`Samples, for the ${side} side`}>
      {placed.map((one) => (
        <button
          key={one.sample.id}
          type="button"
          className={classes.thumb}
          aria-pressed={one === shown}
          aria-label={`k ${one.sample.k}, reward ${reward(one.sample.score?.score)}${one.choice ? `, ${one.choice}` : ""}`}
          onClick={() => onPick(one.sample.k)}
        >
          {/* biome-ignore lint/performance/noImgElement: thumbnails are made by the server, sized and immutable */}
          <img src={`/artifacts/${one.sample.artifactSha256}/thumbnail/160`} alt="" loading="lazy" />
          {reward(one.sample.score?.score)}
        </button>
      ))}
    </fieldset>
  );
}

function ZoomButtons({ zoom, onZoom }: { zoom: Zoom; onZoom(zoom: Zoom): void }) {
  return (
    <Group gap={4}>
      <Button size="compact-sm" variant="default" aria-label="Further" onClick={() => onZoom(zoomAt(zoom, 1 / STEP))}>
        −
      </Button>
      <Text size="sm" w={46} ta="center" role="status" aria-label="Magnification">
        {zoom.scale.toFixed(1)}×
      </Text>
      <Button size="compact-sm" variant="default" aria-label="Closer" onClick={() => onZoom(zoomAt(zoom, STEP))}>
        +
      </Button>
      <Button size="compact-sm" variant="default" disabled={zoom.scale === 1} onClick={() => onZoom(WHOLE)}>
        Whole
      </Button>
    </Group>
  );
}

/** Two samples of a prompt side by side, zoomed and moved in step. What is compared stands in the address. */
export function CompareDialog({ row, view, change, letters, onPrevious, onNext, onClose }: CompareDialogProps) {
  const phone = useMediaQuery("(max-width: 36em)");
  const [zoom, setZoom] = useState<Zoom>(WHOLE);
  const [side, setSide] = useState<Side>("right");
  const placed = prepareRow(row.samples);
  const sides = sidesOf(placed, view);
  const put = (to: Side, k: number | undefined) => k !== undefined && change({ [to]: String(k) });
  const step = (to: Side, by: number) => {
    const shown = sides[to];
    if (shown) put(to, placed[placed.indexOf(shown) + by]?.sample.k);
  };
  useHotkeys([
    ["ArrowRight", () => step("right", 1)],
    ["ArrowLeft", () => step("right", -1)],
    ["shift+ArrowRight", () => step("left", 1)],
    ["shift+ArrowLeft", () => step("left", -1)],
    ...(letters
      ? ([
          ["j", () => onNext?.()],
          ["k", () => onPrevious?.()],
          ["[plus]", () => setZoom((z) => zoomAt(z, STEP))],
          ["shift+[plus]", () => setZoom((z) => zoomAt(z, STEP))],
          ["=", () => setZoom((z) => zoomAt(z, STEP))],
          ["-", () => setZoom((z) => zoomAt(z, 1 / STEP))],
          ["0", () => setZoom(WHOLE)],
        ] as [string, () => void][])
      : []),
  ]);
  return (
    <Dialog
      opened
      onClose={onClose}
      fullScreen={phone}
      size={1080}
      title={`${row.prompt.position + 1}. ${row.prompt.text}`}
    >
      <Stack gap="sm">
        <div className={classes.panes}>
          {sides.left && (
            <ZoomPane side="Left" placed={sides.left} prompt={row.prompt.text} zoom={zoom} onZoom={setZoom} />
          )}
          {sides.right && (
            <ZoomPane side="Right" placed={sides.right} prompt={row.prompt.text} zoom={zoom} onZoom={setZoom} />
          )}
        </div>
        <Group justify="space-between" gap="xs">
          <SegmentedControl
            size="xs"
            aria-label="Side to change"
            value={side}
            onChange={(value) => setSide(value as Side)}
            data={[
              { value: "left", label: "Change left" },
              { value: "right", label: "Change right" },
            ]}
          />
          <ZoomButtons zoom={zoom} onZoom={setZoom} />
        </Group>
        <Strip placed={placed} shown={sides[side]} side={side} onPick={(k) => put(side, k)} />
        <Group justify="space-between">
          <Button variant="default" size="compact-md" disabled={!onPrevious} onClick={() => onPrevious?.()}>
            Previous prompt
          </Button>
          <Button variant="default" size="compact-md" disabled={!onNext} onClick={() => onNext?.()}>
            Next prompt
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
