import { type CSSProperties, useEffect, useRef } from "react";
import type { ClipGroup } from "./clipPlayer.ts";
import { type Picture, placeOf } from "./picture.ts";

interface PictureViewProps {
  picture: Picture;
  /** What a clip plays in step with. */
  group: ClipGroup;
  alt: string;
  className?: string | undefined;
  style?: CSSProperties | undefined;
}

/** A still image as it is; of a clip the frame of this moment. */
export function PictureView({ picture, group, alt, className, style }: PictureViewProps) {
  const { clip, image, url } = picture;
  const canvas = useRef<HTMLCanvasElement>(null);
  // The canvas is drawn on, not rendered.
  useEffect(() => {
    const view = canvas.current;
    if (!clip || !view) return;
    const { width, height } = placeOf({ image, clip }, 0);
    Object.assign(view, { width, height });
    const context = view.getContext("2d");
    return group.player.show(group, clip, (frame) => {
      const { x, y } = placeOf({ image, clip }, frame);
      context?.clearRect(0, 0, width, height);
      context?.drawImage(image, x, y, width, height, 0, 0, width, height);
      view.dataset.frame = String(frame);
    });
  }, [image, clip, group]);
  if (clip)
    return (
      <canvas ref={canvas} className={className} style={style} {...(alt ? { role: "img", "aria-label": alt } : {})} />
    );
  // biome-ignore lint/performance/noImgElement: the server has drawn it for this one place already
  return <img src={url} alt={alt} draggable={false} className={className} style={style} />;
}
