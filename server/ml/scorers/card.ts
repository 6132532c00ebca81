import { z } from "zod";
import { MetricDirection } from "../../../shared/enums.ts";

/**
 * Words of this folder. A *scorer* gives one number (or one vector) for one sample. Its *card* is a JSON file that says all
 * of it: which ONNX files, how an image and a prompt become their inputs, and which formula of a closed list makes the
 * number. A *unit* is what one row of a run is about: a frame, a pair of frames, or a whole clip.
 */

const name = z.string().min(1, "must not be empty").max(200);
const triple = z.tuple([z.number(), z.number(), z.number()]);
const hash = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hex digits in lower case");

/** A file of a hub such as Hugging Face: <hub>/<repo>/resolve/<revision>/<path>. */
const hubFile = z.strictObject({ repo: name, revision: name.default("main"), path: name });

const fileFields = {
  /** Absolute, or relative to the card's folder, or else to the folder of the user's cards. */
  file: name,
  /** Where it is downloaded from once, where there is no such file. */
  hub: hubFile.optional(),
  /** What the file must be. Without it whatever lies there is taken, and its sha256 recorded. */
  sha256: hash.optional(),
};

const model = z.strictObject({
  ...fileFields,
  /** Weights that the ONNX file keeps beside itself (its external data), relative to it: part of the provenance. */
  data: z.array(name).default([]),
  /** Names of the model's inputs. */
  inputs: z.strictObject({
    /** float32: [N, 3, H, W] or as `preprocessing.layout` and `sample` say */
    image: name.optional(),
    /** the second image of a pair, as `image` */
    reference: name.optional(),
    /** token ids, int64 [N, maxLength] */
    ids: name.optional(),
    /** 1 for a token and 0 for padding, int64 [N, maxLength]; left out where the model has no such input */
    mask: name.optional(),
  }),
  /** Name of the output that is read: float32 [N, ...]. */
  output: name,
});

const preprocessing = z.strictObject({
  /** pixels */
  width: z.int().min(1).max(4096),
  height: z.int().min(1).max(4096),
  /**
   * crop: the shortest side to size, the aspect kept, and the centre cut out, from a place rounded down as Hugging Face's
   * processors have it; torchvision-crop: likewise, rounded half to even; pad: the longest side to size and black around it;
   * stretch: the aspect ignored. All but "stretch" make squares.
   */
  fit: z.enum(["crop", "torchvision-crop", "pad", "stretch"]),
  /**
   * pillow-*: to the bit as Pillow resizes bytes, wider when it shrinks; torch-bilinear: interpolate(mode="bilinear",
   * align_corners=False), four neighbours whatever the size; tfjs-bilinear: resizeBilinear(alignCorners=true), likewise
   */
  kernel: z.enum(["pillow-bicubic", "pillow-bilinear", "torch-bilinear", "tfjs-bilinear"]),
  layout: z.enum(["nchw", "nhwc"]).default("nchw"),
  /** Per channel R, G, B in units of [0, 1]: the model gets (x / 255 - mean) / deviation. */
  mean: triple.default([0, 0, 0]),
  deviation: triple.refine((values) => values.every((x) => x > 0), "must be greater than 0").default([1, 1, 1]),
});

const frameCount = z.int().min(1).max(256);
const sample = z.discriminatedUnion("kind", [
  /** the picture, or the first frame of a clip */
  z.strictObject({ kind: z.literal("image") }),
  /** `count` frames, evenly over the clip with both ends (all of a shorter one), each scored for itself */
  z.strictObject({ kind: z.literal("frames"), count: frameCount, aggregate: z.enum(["mean", "max"]).default("mean") }),
  /** the picture and the one that it is compared with */
  z.strictObject({ kind: z.literal("pair") }),
  /** `count` frames as above, each with the one after it; mean over the pairs */
  z.strictObject({ kind: z.literal("frame-pairs"), count: frameCount.min(2) }),
  /** `count` frames as one tensor: the first ones, or evenly; a shorter clip is refused. ncthw: [N, 3, T, H, W] */
  z.strictObject({
    kind: z.literal("clip"),
    count: frameCount,
    sampling: z.enum(["first", "even"]),
    layout: z.enum(["ncthw", "ntchw"]),
  }),
]);

const text = z.strictObject({
  /** tokenizer.json of Hugging Face's tokenizers, looked for as model files are. */
  tokenizer: z.strictObject(fileFields),
  /** Tokens with the special ones; longer prompts are cut, the last token kept. Shorter ones are padded to it. */
  maxLength: z.int().min(3).max(4096),
  padId: z.int().min(0),
  /** Put before every prompt. */
  prefix: z.string().max(200).default(""),
});

const formula = z.discriminatedUnion("kind", [
  /** scale max(cos(model's output, textModel's output), floor) */
  z.strictObject({ kind: z.literal("cosine"), scale: z.number(), floor: z.number().min(-1).max(1).default(-1) }),
  /** (x - mean) / deviation of a model with one number per unit */
  z.strictObject({ kind: z.literal("affine"), mean: z.number().default(0), deviation: z.number().gt(0).default(1) }),
  /** sum of the probabilities of the `positive` classes; flagged where it is at least `threshold` */
  z.strictObject({
    kind: z.literal("probability"),
    activation: z.enum(["none", "softmax", "sigmoid"]),
    classes: z.array(name).min(1),
    positive: z.array(name).min(1),
    threshold: z.number().min(0).max(1),
  }),
  /** the output itself: features for a Frechet distance */
  z.strictObject({ kind: z.literal("features") }),
]);

export const scorerCard = z
  .strictObject({
    /** What users name it by. */
    id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,79}$/, "must be lower-case letters, digits, dots and hyphens"),
    /** What its numbers are recorded as: CLIPScore, IP(nsfwjs-mobilenet-v2-mid). */
    metric: name,
    /** Changes whenever the number of the same sample changes. */
    version: name,
    direction: z.enum(MetricDirection),
    /** What the number is: formula in words and range. */
    unit: name,
    /** SPDX identifier of the weights' licence, or "unknown" */
    licence: name,
    /** Where formula and preprocessing were read. */
    sources: z.array(name).default([]),
    notes: z.array(z.string()).default([]),
    sample,
    preprocessing,
    text: text.optional(),
    model,
    textModel: model.optional(),
    formula,
    /** Units in one run of the model. */
    runSize: z.int().min(1).max(256).default(4),
  })
  .superRefine((card, context) => {
    for (const [path, message] of contradictions(card)) context.addIssue({ code: "custom", path, message });
  });

export type ScorerCard = z.output<typeof scorerCard>;
export type ModelSpec = ScorerCard["model"];
export type ScorerPreprocessing = ScorerCard["preprocessing"];
export type SampleKind = ScorerCard["sample"];
export type TextSpec = NonNullable<ScorerCard["text"]>;
export type Formula = ScorerCard["formula"];

/** What a scorer asks of a sample beside its file. */
export interface ScorerNeeds {
  readonly prompt: boolean;
  /** an image to compare with */
  readonly reference: boolean;
  /** more than one frame */
  readonly clip: boolean;
}

export function needsOf({ text: hasText, sample: { kind } }: ScorerCard): ScorerNeeds {
  return {
    prompt: hasText !== undefined,
    reference: kind === "pair",
    clip: kind === "frame-pairs" || kind === "clip",
  };
}

/** Fields that are right alone and wrong together. */
function* contradictions(card: ScorerCard): Generator<[path: string[], message: string]> {
  const { preprocessing: p, sample: s, formula: f } = card;
  const inputs = card.model.inputs;
  const pairs = s.kind === "pair" || s.kind === "frame-pairs";
  if (p.fit !== "stretch" && p.width !== p.height)
    yield [["preprocessing", "height"], `must be the width for "${p.fit}"`];
  if (!inputs.image) yield [["model", "inputs", "image"], "must name the input of the image"];
  if (pairs && !inputs.reference) yield [["model", "inputs", "reference"], `must be there for a sample "${s.kind}"`];
  if (!pairs && inputs.reference) yield [["model", "inputs", "reference"], `must not be there for "${s.kind}"`];
  if (f.kind === "cosine" && !card.textModel) yield [["textModel"], `must be there for the formula "cosine"`];
  if (f.kind !== "cosine" && card.textModel) yield [["textModel"], `must not be there for the formula "${f.kind}"`];
  if (card.textModel && !card.textModel.inputs.ids)
    yield [["textModel", "inputs", "ids"], "must name the input of the ids"];
  if (card.textModel && inputs.ids) yield [["model", "inputs", "ids"], "must not be there beside a textModel"];
  if (!card.text && (inputs.ids || card.textModel)) yield [["text"], "must be there for a model that reads token ids"];
  if (card.text && !inputs.ids && !card.textModel) yield [["text"], "must not be there: no model reads token ids"];
  if (f.kind === "probability")
    for (const [i, label] of f.positive.entries())
      if (!f.classes.includes(label)) yield [["formula", "positive", String(i)], `"${label}" is none of the classes`];
  if (f.kind === "features" && (s.kind === "frames" || pairs))
    yield [["sample", "kind"], `must be "image" or "clip" for the formula "features"`];
}
