import sharp from "sharp";
import { MAX_PIXELS } from "../../../shared/image-format.ts";
import { decodeFrame } from "../encoders/preprocessing.ts";
import type { RgbImage } from "../encoders/resample.ts";
import type { SampleKind, ScorerPreprocessing } from "./card.ts";
import { type Picture, pictureKey, preparePicture } from "./prepare.ts";

const BACKGROUND = "#ffffff";

/**
 * A sample's picture or clip: one file (an animated WebP or GIF has frames) or a file for each frame. Every frame is decoded
 * once and resized once for each way of resizing, whoever asks.
 */
export class Media {
  // written out because threads load this file without a compiler, which parameter properties would need
  private readonly files: readonly Uint8Array[];
  private readonly single = new Map<number, Promise<RgbImage>>();
  private readonly pictures = new Map<string, Promise<Picture>>();
  private all: Promise<RgbImage[]> | undefined;
  /** frames decoded so far */
  decoded = 0;

  constructor(files: readonly Uint8Array[]) {
    this.files = files;
  }

  /** Units of a scorer: each is the frames that one row of a run is about. Throws the decoder's reason. */
  async units(sample: SampleKind, preprocessing: ScorerPreprocessing): Promise<Picture[][]> {
    const picture = (frame: number) => this.picture(frame, preprocessing);
    if (sample.kind === "image" || sample.kind === "pair") return [[await picture(0)]];
    const length = await this.length();
    if (sample.kind === "clip") {
      if (length < sample.count) throw new Error(`The clip has ${length} frames; ${sample.count} are wanted.`);
      const wanted =
        sample.sampling === "first" ? Array.from({ length: sample.count }, (_, i) => i) : spread(sample.count, length);
      return [await Promise.all(wanted.map(picture))];
    }
    const frames = await Promise.all(spread(sample.count, length).map(picture));
    if (sample.kind === "frames") return frames.map((frame) => [frame]);
    if (frames.length < 2) throw new Error("Pairs of frames want a clip of 2 frames or more; this has 1.");
    return frames.slice(1).map((frame, i) => [frames[i] ?? frame, frame]);
  }

  private picture(frame: number, preprocessing: ScorerPreprocessing): Promise<Picture> {
    const key = `${frame} ${pictureKey(preprocessing)}`;
    const known = this.pictures.get(key);
    if (known) return known;
    const picture = this.frame(frame).then((image) => preparePicture(image, preprocessing));
    this.pictures.set(key, picture);
    return picture;
  }

  private async length(): Promise<number> {
    return this.files.length > 1 ? this.files.length : (await this.sequence()).length;
  }

  private frame(index: number): Promise<RgbImage> {
    const sequence = this.all;
    if (sequence) return sequence.then((frames) => frames[index] as RgbImage);
    const known = this.single.get(index);
    if (known) return known;
    this.decoded++;
    const image = decodeFrame(this.files[index] as Uint8Array, BACKGROUND);
    this.single.set(index, image);
    return image;
  }

  /** All frames of the one file: a later frame of an animation is made of those before it. */
  private sequence(): Promise<RgbImage[]> {
    this.all ??= this.decodeSequence(this.files[0] as Uint8Array);
    return this.all;
  }

  private async decodeSequence(bytes: Uint8Array): Promise<RgbImage[]> {
    const { pages = 1 } = await sharp(bytes, { limitInputPixels: MAX_PIXELS }).metadata();
    if (pages === 1) {
      const known = this.single.get(0);
      if (known) return [await known];
      this.decoded++;
      return [await decodeFrame(bytes, BACKGROUND)];
    }
    this.decoded += pages;
    const { data, info } = await sharp(bytes, { limitInputPixels: MAX_PIXELS, pages: -1 })
      .flatten({ background: BACKGROUND })
      .toColourspace("srgb")
      .removeAlpha()
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`Decoding gave ${info.channels} channels, not 3.`);
    const [width, height] = [info.width, info.height / pages];
    const size = width * height * 3;
    return Array.from({ length: pages }, (_, i) => ({ width, height, data: data.subarray(i * size, (i + 1) * size) }));
  }
}

/** `count` places evenly over 0 to length - 1 with both ends; all of them where there are no more. */
function spread(count: number, length: number): number[] {
  if (count >= length) return Array.from({ length }, (_, i) => i);
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)));
}
