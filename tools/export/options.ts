import { parseArgs } from "node:util";
import { ExportKind } from "../../shared/enums.ts";
import { SERVER_FLAGS, UsageError, whichServer } from "../client/which-server.ts";

export const HELP = `npm run export -- --reward-model ID [options]

Saves what the lab holds as files that other tools read. An id stands in the address of the object's page. A file appears
under its name when it is whole; a file of that name is replaced.

  --reward-model ID  pairs, SFT set, weights, scorers and metrics of a reward model
  --round ID         features and metrics of a round
  --experiment ID    all metrics of an experiment, its rounds, models, policies and ablations
  --proxy-set ID     features of a proxy set
  --study ID         raw votes of a study

  --what LIST        some of these, separated by commas, instead of all that the object has:
                     parquet     pairs with the columns of Pick-a-Pic, which Diffusion-DPO trains on, images in it
                     jsonl       pairs as JSON Lines, images by sha256 and address (--images base64: in it)
                     sft         the best image of every prompt as a zip: Hugging Face imagefolder; npm run import reads it
                     features    safetensors, a row for each image
                     weights     safetensors that PyTorch loads
                     onnx        features to score
                     image-onnx  image to score
                     metrics     CSV
                     votes       CSV, or
                     votes-jsonl JSON Lines
  --out DIR          where to (default: this folder); made when missing
  --prompt-tag TAG   pairs and SFT set only of prompts with this tag
  --images FORM      url (default) or base64: how images stand in JSON Lines
  --encoder-key KEY  whose features, where several encoders have seen the images

  --api URL          default: GANRM_API_URL, or the server that uses the data folder
  --token-file FILE  a token that may read; default: GANRM_TOKEN, or the data folder's admin-token
  --json             print one JSON object; progress still goes to stderr
  --help

Exit codes: 0 all is saved; 1 some of it is not there yet (each with the reason), the rest is saved; 2 wrong usage or input;
3 the server can't be reached or failed, repeat the command; 130 interrupted.
`;

/** What --what calls each kind. */
export const KINDS: Record<string, ExportKind> = {
  parquet: ExportKind.PAIRS_PARQUET,
  jsonl: ExportKind.PAIRS_JSON_LINES,
  sft: ExportKind.SFT_IMAGEFOLDER,
  features: ExportKind.FEATURES_SAFETENSORS,
  weights: ExportKind.WEIGHTS_SAFETENSORS,
  onnx: ExportKind.SCORER_ONNX,
  "image-onnx": ExportKind.IMAGE_SCORER_ONNX,
  metrics: ExportKind.METRICS_CSV,
  votes: ExportKind.VOTES_CSV,
  "votes-jsonl": ExportKind.VOTES_JSON_LINES,
};

/** GraphQL's name of each kind of object. */
const SUBJECTS = {
  "reward-model": "rewardModel",
  round: "round",
  experiment: "experiment",
  "proxy-set": "proxySet",
  study: "study",
} as const;

export interface ExportOptions {
  help: boolean;
  json: boolean;
  /** Objects whose files are saved. */
  subjects: { field: (typeof SUBJECTS)[keyof typeof SUBJECTS]; id: string }[];
  /** Null: all that an object has. */
  kinds: ReadonlySet<ExportKind> | null;
  out: string;
  promptTag: string | undefined;
  images: "url" | "base64";
  encoderKey: string | undefined;
  api: string;
  token: string;
}

function flags(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        "reward-model": { type: "string", multiple: true, default: [] },
        round: { type: "string", multiple: true, default: [] },
        experiment: { type: "string", multiple: true, default: [] },
        "proxy-set": { type: "string", multiple: true, default: [] },
        study: { type: "string", multiple: true, default: [] },
        what: { type: "string" },
        out: { type: "string", default: "." },
        "prompt-tag": { type: "string" },
        images: { type: "string", default: "url" },
        "encoder-key": { type: "string" },
        ...SERVER_FLAGS,
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function kindsOf(list: string | undefined): ReadonlySet<ExportKind> | null {
  if (list === undefined) return null;
  const names = list.split(",").map((name) => name.trim());
  const kinds = names.map((name) => {
    const kind = KINDS[name];
    if (!kind) throw new UsageError(`--what: ${Object.keys(KINDS).join(", ")}; got "${name}".`);
    return kind;
  });
  return new Set(kinds);
}

/** Reads flags and environment. @throws UsageError naming what is wrong */
export function readOptions(args: string[], env: Record<string, string | undefined>): ExportOptions {
  const given = flags(args);
  const subjects = Object.entries(SUBJECTS).flatMap(([flag, field]) =>
    given[flag as keyof typeof SUBJECTS].map((id) => ({ field, id })),
  );
  if (!given.help && subjects.length === 0)
    throw new UsageError("Of what? Give --reward-model, --round, --experiment, --proxy-set or --study.");
  const { images } = given;
  if (images !== "url" && images !== "base64") throw new UsageError(`--images: url or base64, got "${images}".`);
  return {
    help: given.help,
    json: given.json,
    subjects,
    kinds: kindsOf(given.what),
    out: given.out,
    promptTag: given["prompt-tag"],
    images,
    encoderKey: given["encoder-key"],
    ...(given.help ? { api: "", token: "" } : whichServer(given, env)),
  };
}
