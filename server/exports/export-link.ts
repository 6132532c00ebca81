import { Field, ObjectType, registerEnumType } from "type-graphql";
import { ExportKind } from "../../shared/enums.ts";

registerEnumType(ExportKind, {
  name: "ExportKind",
  description: "A file in a form that other tools read.",
  valuesConfig: {
    PAIRS_PARQUET: {
      description:
        "Pairs with the columns of Pick-a-Pic, which Diffusion-DPO trains on. jpg_0 and jpg_1 hold the images' stored bytes, whatever their format. Which side is chosen follows from a hash of the pair's id. ?promptTag=TAG takes pairs of prompts with a tag only.",
    },
    PAIRS_JSON_LINES: {
      description:
        "The same as JSON Lines, images by sha256 and path; with ?images=base64 their bytes as well. ?promptTag=TAG.",
    },
    SFT_IMAGEFOLDER: {
      description:
        "x^h of every prompt (section 3.3) as a zip in Hugging Face's imagefolder convention: metadata.jsonl with file_name, text, prompt, seed, k, label, reward. `npm run import` reads it. ?promptTag=TAG.",
    },
    FEATURES_SAFETENSORS: {
      description:
        "The encoder's features of a round's samples or a proxy set's items: the tensor `features` [n, 2D], and in the metadata the rows' ids, images and places. ?encoderKey=KEY where several encoders have seen them.",
    },
    WEIGHTS_SAFETENSORS: { description: "The RPL's weights with the layer names of table 6; PyTorch loads them." },
    SCORER_ONNX: { description: "Features to score." },
    IMAGE_SCORER_ONNX: { description: "Image to score, preprocessing in the file's metadata." },
    METRICS_CSV: {
      description:
        "All points of all metrics: of an experiment with those of its rounds and of their models, policies and ablations, of a round likewise, of a reward model its own with those of its ranks. A text that a spreadsheet would run as a formula has an apostrophe before it.",
    },
    VOTES_CSV: {
      description:
        "Raw votes of a study, practice left out: who (a number), when, which pair on which side, what was chosen and how fast, how often it was changed, and whether the plan excludes it.",
    },
    VOTES_JSON_LINES: { description: "The same as JSON Lines." },
  },
});

@ObjectType({ description: "A file to download with a token or session that may read." })
export class ExportLink {
  @Field(() => ExportKind)
  kind!: ExportKind;

  @Field(() => String, { description: "Path on this server." })
  url!: string;

  @Field(() => String, { description: "What the file calls itself." })
  fileName!: string;
}
