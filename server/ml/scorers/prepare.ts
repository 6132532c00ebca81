import { BICUBIC, BILINEAR, type RgbImage, resize, resizeAndCrop } from "../encoders/resample.ts";
import type { TensorValue } from "../onnx/session.ts";
import type { ScorerPreprocessing } from "./card.ts";

/** [height, width, 3] in 0 to 255: bytes where the resizing rounds to them. */
export type Picture = Uint8Array | Float32Array;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Pictures of equal keys are the same picture: what comes after is the model's own. */
export function pictureKey({ width, height, fit, kernel }: ScorerPreprocessing): string {
  return `${width}x${height} ${fit} ${kernel}`;
}

/** An image at the size that the model reads, before its normalisation. */
export function preparePicture(image: RgbImage, { width, height, fit, kernel }: ScorerPreprocessing): Picture {
  const at = (size: Size) => resizedTo(image, size, kernel);
  if (fit === "stretch") return at({ width, height });
  if (fit === "pad") return padded(image, width, at);
  const round = fit === "crop" ? Math.floor : roundHalfToEven;
  if (kernel === "pillow-bicubic") return resizeAndCrop(image, width, BICUBIC, round);
  if (kernel === "pillow-bilinear") return resizeAndCrop(image, width, BILINEAR, round);
  // as the published code for FVD has it: the longer side rounded up
  const shortest = Math.min(image.width, image.height);
  const scaled = {
    width: Math.ceil((width * image.width) / shortest),
    height: Math.ceil((width * image.height) / shortest),
  };
  const start = { x: round((scaled.width - width) / 2), y: round((scaled.height - width) / 2) };
  return window(at(scaled), scaled, { ...start, side: width });
}

function resizedTo(image: RgbImage, size: Size, kernel: ScorerPreprocessing["kernel"]): Picture {
  if (kernel === "pillow-bicubic") return resize(image, size, BICUBIC);
  if (kernel === "pillow-bilinear") return resize(image, size, BILINEAR);
  return interpolated(image, size, kernel === "tfjs-bilinear");
}

/** open_clip's ResizeMaxSize: the longest side to `side`, black around, the odd pixel at the end. */
function padded(image: RgbImage, side: number, resizeTo: (size: Size) => Picture): Picture {
  const scale = side / Math.max(image.width, image.height);
  const inner = {
    width: Math.max(1, roundHalfToEven(image.width * scale)),
    height: Math.max(1, roundHalfToEven(image.height * scale)),
  };
  const picture = resizeTo(inner);
  const whole = picture instanceof Uint8Array ? new Uint8Array(side * side * 3) : new Float32Array(side * side * 3);
  const [left, top] = [Math.floor((side - inner.width) / 2), Math.floor((side - inner.height) / 2)];
  for (let y = 0; y < inner.height; y++) {
    const row = picture.subarray(y * inner.width * 3, (y + 1) * inner.width * 3);
    whole.set(row, ((top + y) * side + left) * 3);
  }
  return whole;
}

function window(picture: Picture, size: Size, { x, y, side }: { x: number; y: number; side: number }): Picture {
  const cut = picture instanceof Uint8Array ? new Uint8Array(side * side * 3) : new Float32Array(side * side * 3);
  for (let row = 0; row < side; row++) {
    const start = ((y + row) * size.width + x) * 3;
    cut.set(picture.subarray(start, start + side * 3), row * side * 3);
  }
  return cut;
}

/** Where the pixels of an output line fall between two of the input's. */
function neighbours(from: number, to: number, corners: boolean): { low: Int32Array; share: Float64Array } {
  const low = new Int32Array(to);
  const share = new Float64Array(to);
  const scale = corners && to > 1 ? (from - 1) / (to - 1) : from / to;
  for (let i = 0; i < to; i++) {
    const place = corners ? i * scale : Math.max(0, (i + 0.5) * scale - 0.5);
    low[i] = Math.min(Math.floor(place), from - 1);
    share[i] = Math.min(place - (low[i] as number), 1);
  }
  return { low, share };
}

/**
 * Bilinear interpolation between the four nearest pixels, however much it shrinks. `corners`: the corner pixels' centres stay
 * in the corners; otherwise the images' edges do.
 */
function interpolated({ width, height, data }: RgbImage, to: Size, corners: boolean): Float32Array {
  const across = neighbours(width, to.width, corners);
  const down = neighbours(height, to.height, corners);
  const result = new Float32Array(to.width * to.height * 3);
  let at = 0;
  for (let y = 0; y < to.height; y++) {
    const [top, v] = [down.low[y] as number, down.share[y] as number];
    const [above, below] = [top * width, Math.min(top + 1, height - 1) * width];
    for (let x = 0; x < to.width; x++) {
      const [left, u] = [across.low[x] as number, across.share[x] as number];
      const right = Math.min(left + 1, width - 1);
      for (let c = 0; c < 3; c++) {
        const upper = lerp(data[(above + left) * 3 + c] as number, data[(above + right) * 3 + c] as number, u);
        const lower = lerp(data[(below + left) * 3 + c] as number, data[(below + right) * 3 + c] as number, u);
        result[at++] = lerp(upper, lower, v);
      }
    }
  }
  return result;
}

const lerp = (a: number, b: number, share: number): number => a + (b - a) * share;

/** As Python and torchvision round. */
function roundHalfToEven(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}

/** Pictures of n units -> the input [n, 3, H, W] or [n, H, W, 3]. */
export function packPictures(pictures: readonly Picture[], preprocessing: ScorerPreprocessing): TensorValue {
  const { width, height, layout } = preprocessing;
  const pixels = width * height;
  const nhwc = layout === "nhwc";
  const data = new Float32Array(pictures.length * pixels * 3);
  const strides = nhwc ? { pixel: 3, channel: 1 } : { pixel: 1, channel: pixels };
  for (const [i, picture] of pictures.entries()) {
    normaliseInto(data.subarray(i * pixels * 3, (i + 1) * pixels * 3), picture, { preprocessing, strides });
  }
  const shape = nhwc ? [pictures.length, height, width, 3] : [pictures.length, 3, height, width];
  return { dtype: "float32", shape, data };
}

/** Clips of T pictures each -> the input [n, 3, T, H, W] or [n, T, 3, H, W]. */
export function packClips(
  clips: readonly (readonly Picture[])[],
  preprocessing: ScorerPreprocessing,
  layout: "ncthw" | "ntchw",
): TensorValue {
  const { width, height } = preprocessing;
  const pixels = width * height;
  const frames = clips[0]?.length ?? 0;
  const data = new Float32Array(clips.length * frames * pixels * 3);
  const timeFirst = layout === "ntchw";
  const strides = { pixel: 1, channel: timeFirst ? pixels : frames * pixels };
  for (const [i, clip] of clips.entries()) {
    for (const [t, picture] of clip.entries()) {
      const start = i * frames * pixels * 3 + t * pixels * (timeFirst ? 3 : 1);
      normaliseInto(data.subarray(start), picture, { preprocessing, strides });
    }
  }
  const inner = timeFirst ? [frames, 3] : [3, frames];
  return { dtype: "float32", shape: [clips.length, ...inner, height, width], data };
}

/** (x / 255 - mean) / deviation */
function normaliseInto(
  target: Float32Array,
  picture: Picture,
  { preprocessing, strides }: { preprocessing: ScorerPreprocessing; strides: { pixel: number; channel: number } },
): void {
  const pixels = picture.length / 3;
  for (let channel = 0; channel < 3; channel++) {
    const deviation = preprocessing.deviation[channel] ?? 1;
    const scale = 1 / (255 * deviation);
    const shift = -(preprocessing.mean[channel] ?? 0) / deviation;
    const start = channel * strides.channel;
    for (let p = 0; p < pixels; p++) {
      target[start + p * strides.pixel] = (picture[p * 3 + channel] as number) * scale + shift;
    }
  }
}
