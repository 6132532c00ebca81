"use client";
import { Button, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useHotkeys, useMediaQuery } from "@mantine/hooks";
import { useState } from "react";
import { InStep } from "../../components/clips/InStep.tsx";
import { PlayClips } from "../../components/clips/PlayClips.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ComparePanes, Pane } from "./ComparePanes.tsx";
import { NearestProxies } from "./NearestProxies.tsx";
import { type ChangeView, type PromptRow, type RoundView, SHOWN, type Shown, shownOf } from "./roundView.ts";
import { SideChooser } from "./SideChooser.tsx";
import { type ComparableRound, type OneSide, type Side, useComparedSides } from "./useComparedSides.ts";
import { WHOLE, type Zoom, zoomAt } from "./zoom.ts";

const STEP = 1.5;
const MIDDLE = 50;
const NAMES: Record<Shown, string> = {
  beside: "Side by side",
  slider: "Slider",
  flip: "Flip",
  difference: "Difference",
};

export interface CompareDialogProps {
  row: PromptRow;
  roundId: string;
  /** All rounds of the experiment, in order. */
  rounds: readonly ComparableRound[];
  view: RoundView;
  change: ChangeView;
  letters: boolean;
  /** To a neighbouring prompt; null where there is none in the list. */
  onPrevious: (() => void) | null;
  onNext: (() => void) | null;
  onClose(): void;
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

function Neighbours({ onPrevious, onNext }: Pick<CompareDialogProps, "onPrevious" | "onNext">) {
  return (
    <Group justify="space-between">
      <Button variant="default" size="compact-md" disabled={!onPrevious} onClick={() => onPrevious?.()}>
        Previous prompt
      </Button>
      <Button variant="default" size="compact-md" disabled={!onNext} onClick={() => onNext?.()}>
        Next prompt
      </Button>
    </Group>
  );
}

/** What stands in the place of the comparison while a side of it is not there. */
function OneAlone({ sides }: { sides: Record<Side, OneSide> }) {
  const absent = (["left", "right"] as const).find((side) => !sides[side].shown);
  const { round, isLoading } = sides[absent ?? "right"];
  return (
    <Text size="sm" c="dimmed" role="status">
      {isLoading ? "Loading…" : `Round ${round?.index ?? "?"} has no other sample of this prompt to compare.`}
    </Text>
  );
}

/** What keys do in the comparison. */
function useComparisonKeys(
  { view, change, letters, onPrevious, onNext, rounds, roundId }: CompareDialogProps,
  { step, zoom, flip }: { step(side: Side, by: number): void; zoom(factor: number): void; flip(): void },
) {
  const nextShown = () => change({ show: SHOWN[(SHOWN.indexOf(shownOf(view)) + 1) % SHOWN.length] ?? null });
  const nextRound = () => {
    const at = rounds.findIndex(({ id }) => id === (view.rightRound ?? roundId));
    const next = rounds[(at + 1) % rounds.length]?.id ?? null;
    change({ rightRound: next === roundId ? null : next, right: null });
  };
  // Arrows on the slider and on choices are theirs; letters mean nothing there.
  useHotkeys([
    ["ArrowRight", () => step("right", 1)],
    ["ArrowLeft", () => step("right", -1)],
    ["shift+ArrowRight", () => step("left", 1)],
    ["shift+ArrowLeft", () => step("left", -1)],
  ]);
  useHotkeys(
    letters
      ? [
          ["j", () => onNext?.()],
          ["k", () => onPrevious?.()],
          ["f", flip],
          ["r", nextRound],
          ["v", nextShown],
          ["[plus]", () => zoom(STEP)],
          ["shift+[plus]", () => zoom(STEP)],
          ["=", () => zoom(STEP)],
          ["-", () => zoom(1 / STEP)],
          ["0", () => zoom(0)],
        ]
      : [],
    ["SELECT"],
  );
}

/**
 * Two samples of a prompt, of one round or of two, beside or upon each other, zoomed and moved in step. What is compared
 * stands in the address.
 */
export function CompareDialog(props: CompareDialogProps) {
  const { row, roundId, rounds, view, change, onPrevious, onNext, onClose } = props;
  const phone = useMediaQuery("(max-width: 36em)");
  const [zoom, setZoom] = useState<Zoom>(WHOLE);
  const [side, setSide] = useState<Side>("right");
  const [flipped, setFlipped] = useState(false);
  const { isAcross, ...sides } = useComparedSides(row, view, { roundId, rounds });
  const shown = shownOf(view);
  const put = (to: Side, k: number | undefined) => k !== undefined && change({ [to]: String(k) });
  const step = (to: Side, by: number) => {
    const { placed, shown: at } = sides[to];
    if (at) put(to, placed[placed.indexOf(at) + by]?.sample.k);
  };
  const flip = () => {
    if (shown !== "flip") change({ show: "flip" });
    setFlipped((is) => !is);
  };
  useComparisonKeys(props, {
    step,
    flip,
    zoom: (factor) => setZoom((z) => (factor === 0 ? WHOLE : zoomAt(z, factor))),
  });
  const compared = ({ shown: placed, round }: OneSide) =>
    placed && { placed, of: isAcross ? `Round ${round?.index ?? "?"}` : null };
  const asked = sides[side].shown;
  const [left, right] = [compared(sides.left), compared(sides.right)];
  const prompt = row.prompt.text;
  return (
    <Dialog opened onClose={onClose} fullScreen={phone} size={1080} title={`${row.prompt.position + 1}. ${prompt}`}>
      <Stack gap="sm">
        <SegmentedControl
          size="xs"
          aria-label="How both are shown"
          value={shown}
          onChange={(value) => change({ show: value === "beside" ? null : value })}
          data={SHOWN.map((value) => ({ value, label: NAMES[value] }))}
        />
        <InStep>
          {left && right ? (
            <ComparePanes
              left={left}
              right={right}
              prompt={prompt}
              zoom={zoom}
              onZoom={setZoom}
              shown={shown}
              flipped={flipped}
              onFlip={flip}
              wipe={Number(view.wipe ?? MIDDLE)}
              onWipe={(percent) => change({ wipe: percent === MIDDLE ? null : String(percent) })}
            />
          ) : (
            <>
              {left && <Pane side="Left" shown={left} prompt={prompt} zoom={zoom} onZoom={setZoom} />}
              <OneAlone sides={sides} />
            </>
          )}
        </InStep>
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
          <PlayClips />
          <ZoomButtons zoom={zoom} onZoom={setZoom} />
        </Group>
        <SideChooser
          side={side}
          of={sides[side]}
          roundId={roundId}
          rounds={rounds}
          onRound={(id) => change({ [`${side}Round`]: id === roundId ? null : id, [side]: null })}
          onPick={(k) => put(side, k)}
        />
        {asked && <NearestProxies sampleId={asked.sample.id} side={side} />}
        <Neighbours onPrevious={onPrevious} onNext={onNext} />
      </Stack>
    </Dialog>
  );
}
