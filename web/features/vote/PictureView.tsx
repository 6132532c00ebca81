import { useEffect, useRef } from "react";
import { frameAt, type Picture, placeOf } from "./picture.ts";

interface PictureViewProps {
  picture: Picture;
  /** ms since clips began */
  ms: number;
  alt: string;
  width?: string;
}

/** A still image as it is; of a clip the frame of this moment. */
export function PictureView({ picture, ms, alt, width }: PictureViewProps) {
  const { clip, image, url } = picture;
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = clip ? frameAt(clip, ms) : 0;
  // The canvas is drawn on, not rendered.
  useEffect(() => {
    if (!clip || !canvas.current) return;
    const place = placeOf({ image, clip }, frame);
    Object.assign(canvas.current, { width: place.width, height: place.height });
    const context = canvas.current.getContext("2d");
    context?.drawImage(image, place.x, place.y, place.width, place.height, 0, 0, place.width, place.height);
  }, [image, clip, frame]);
  const style = width ? { width } : undefined;
  if (clip)
    return (
      <canvas ref={canvas} data-frame={frame} style={style} {...(alt ? { role: "img", "aria-label": alt } : {})} />
    );
  // biome-ignore lint/performance/noImgElement: the server has drawn it for this one place already
  return <img src={url} alt={alt} draggable={false} style={style} />;
}
