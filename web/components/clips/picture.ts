import { CLIP_HEADER, type Clip } from "../../../shared/clip.ts";

/** An image that is loaded and decoded; the browser keeps it, offline too, until it is let go. */
export interface Picture {
  url: string;
  image: HTMLImageElement;
  /** of one that moves */
  clip: Clip | null;
}

/** How long an image is waited for, ms. */
const PATIENCE_MS = 30_000;

/** @throws Error where it can't be had, or is no image */
export async function loadPicture(source: string): Promise<Picture> {
  const response = await fetch(source, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) throw new Error(`${source} was answered with ${response.status}.`);
  const clip: Clip | null = JSON.parse(response.headers.get(CLIP_HEADER) ?? "null");
  const url = URL.createObjectURL(await response.blob());
  const image = new Image();
  image.src = url;
  await image.decode();
  return { url, image, clip };
}

export const letGo = ({ url }: Picture): void => URL.revokeObjectURL(url);

/** How long a clip plays, ms. */
export const lengthOf = ({ delaysMs }: Clip): number => delaysMs.reduce((sum, delay) => sum + delay, 0);

/** Which frame is shown so many ms after the beginning; a clip that is over waits with its last one for the others. */
export function frameAt({ delaysMs }: Clip, ms: number): number {
  let end = 0;
  const frame = delaysMs.findIndex((delay) => {
    end += delay;
    return ms < end;
  });
  return frame < 0 ? delaysMs.length - 1 : frame;
}

/** Where a frame lies in its picture, in pixels. */
export function placeOf(
  { image, clip }: { image: { naturalWidth: number; naturalHeight: number }; clip: Clip },
  frame: number,
) {
  const rows = Math.ceil(clip.delaysMs.length / clip.columns);
  const [width, height] = [image.naturalWidth / clip.columns, image.naturalHeight / rows];
  return { x: (frame % clip.columns) * width, y: Math.floor(frame / clip.columns) * height, width, height };
}
