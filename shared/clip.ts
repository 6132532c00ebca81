/**
 * How a moving image is sent to be played: its frames side by side in one picture, row by row. No browser lets a page pause an animated
 * image, or play two of them in step.
 */
export interface Clip {
  /** frames in a row of the picture */
  columns: number;
  /** how long each frame is shown, ms; as many as there are frames */
  delaysMs: number[];
}

/** Header of a picture's answer that holds its `Clip` as JSON; a still image has none. */
export const CLIP_HEADER = "Clip-Frames";
