"use client";
import { type CSSProperties, useEffect, useState } from "react";
import { usePlayer } from "./clipPlayer.ts";
import { useClipGroup } from "./InStep.tsx";
import { PictureView } from "./PictureView.tsx";
import { letGo, loadPicture, type Picture } from "./picture.ts";

/** A picture while it is wanted; null before it has come, and where it can't be had. */
function usePicture(source: string, isWanted: boolean): Picture | null {
  const [picture, setPicture] = useState<Picture | null>(null);
  // The network, and the memory that decoded frames take.
  useEffect(() => {
    if (!isWanted) return;
    let isOver = false;
    const loading = loadPicture(source);
    loading.then(
      (loaded) => isOver || setPicture(loaded),
      () => undefined,
    );
    return () => {
      isOver = true;
      setPicture(null);
      void loading.then(letGo, () => undefined);
    };
  }, [source, isWanted]);
  return picture;
}

interface ClipViewProps {
  sha256: string;
  size: "160" | "full";
  /** Whether it can be seen: one that can't holds no frames. */
  isSeen?: boolean;
  alt: string;
  className?: string | undefined;
  style?: CSSProperties;
}

const STILL = { "160": 160, full: 640 } as const;

/** A clip that plays in step with those of its group: its first frame until the page's clips are played. */
export function ClipView({ sha256, size, isSeen = true, alt, ...look }: ClipViewProps) {
  const group = useClipGroup();
  const { started } = usePlayer(group.player);
  // The page is to know that it has something to play.
  useEffect(() => group.player.announce(), [group]);
  const picture = usePicture(`/artifacts/${sha256}/frames/${size}`, isSeen && started);
  if (picture) return <PictureView picture={picture} group={group} alt={alt} {...look} />;
  return (
    // biome-ignore lint/performance/noImgElement: thumbnails are made by the server, sized and immutable
    <img
      src={`/artifacts/${sha256}/thumbnail/${STILL[size]}`}
      alt={alt}
      decoding="async"
      draggable={false}
      data-clip
      {...look}
    />
  );
}
