import { parseArgs } from "node:util";
import { SERVER_FLAGS, UsageError, whichServer } from "../client/which-server.ts";

export const HELP = `npm run import -- --name NAME --samples PATH --proxy PATH [options]

Makes an experiment with round 1 from your own files, on the server that "npm start" runs. Stopped at any moment, the same
command goes on where it was: what is there is not sent again. Files that can't be used are named; the rest goes in.

  --name NAME        of the experiment, its prompt set, proxy set and policy
  --samples PATH     your generator's outputs: a folder, .tar, .tar.gz or .zip of PNG, JPEG, WebP or GIF images with a
                     metadata.jsonl, one line an image: {"file_name": "0001.png", "prompt": "a red fox"}
                     and optionally "k" (which of the prompt's images, from 0), "seed", "label";
                     or pairs as Pick-a-Pic has them (caption, jpg_0, jpg_1, label_0), a .parquet or .jsonl file: images
                     are labelled "preferred" or "rejected", and with --train the preferences become human pairs
  --proxy PATH       Preference Proxy Data: a folder or archive of images of what you want, no metadata needed
  --eval-share X     share of the prompts kept out of training and used for best-of-K, 0 to 0.9 (default 0.2).
                     Prompts are tagged "train" and "eval"; 0 tags none
  --encoder ID       mobilenet-v2-mid (default) or clip-vit-b32
  --round T          log round T instead of 1, after the rounds before it: the same prompts and proxy images, drawn by
  --policy NAME      this policy, a checkpoint of yours; its parent is the policy of the round before
  --train            then train a reward model, score, pair, and print the results
  --steps N          with --train: training steps (default: the server's)
  --prefer LABEL     with --train: best-of-K counts how often a sample with this label is picked
  --paper-tables     instead of all this: record the published numbers of the GAN-RM paper's tables, read-only

  --api URL          default: GANRM_API_URL, or the server that uses the data folder
  --token-file FILE  a MEMBER's or ADMIN's token; default: GANRM_TOKEN, or the data folder's admin-token
  --json             print one JSON object; progress and refused files still go to stderr
  --help

Exit codes: 0 all went in; 1 some files were refused (each is listed with the reason), the rest is in; 2 wrong usage or
input, or the name holds other content; 3 the server can't be reached or failed, repeat the command; 130 interrupted.
`;

export interface ImportOptions {
  help: boolean;
  json: boolean;
  paperTables: boolean;
  name: string;
  samples: string;
  proxy: string;
  evalShare: number;
  encoder: string | undefined;
  round: number;
  policy: string | undefined;
  train: boolean;
  steps: number | undefined;
  prefer: string | undefined;
  api: string;
  token: string;
}

const MAX_EVAL_SHARE = 0.9;

function flags(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        name: { type: "string", default: "" },
        samples: { type: "string", default: "" },
        proxy: { type: "string", default: "" },
        "eval-share": { type: "string", default: "0.2" },
        encoder: { type: "string" },
        round: { type: "string", default: "1" },
        policy: { type: "string" },
        train: { type: "boolean", default: false },
        steps: { type: "string" },
        prefer: { type: "string" },
        "paper-tables": { type: "boolean", default: false },
        ...SERVER_FLAGS,
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Reads flags and environment. @throws UsageError naming what is wrong */
export function readOptions(args: string[], env: Record<string, string | undefined>): ImportOptions {
  const given = flags(args);
  const evalShare = Number(given["eval-share"]);
  const paperTables = given["paper-tables"];
  const missing = (["name", "samples", "proxy"] as const).filter((flag) => !given[flag].trim());
  if (!given.help && !paperTables && missing.length > 0)
    throw new UsageError(`${missing.map((flag) => `--${flag}`).join(", ")}: missing.`);
  if (!(evalShare >= 0 && evalShare <= MAX_EVAL_SHARE))
    throw new UsageError(`--eval-share: 0 to ${MAX_EVAL_SHARE}, got "${given["eval-share"]}".`);
  if (given.prefer !== undefined && !given.train) throw new UsageError("--prefer: is of use with --train only.");
  if (given.prefer !== undefined && evalShare === 0)
    throw new UsageError("--prefer: needs prompts to evaluate on, but --eval-share is 0.");
  const steps = given.steps === undefined ? undefined : Number(given.steps);
  if (steps !== undefined && !(Number.isInteger(steps) && steps > 0))
    throw new UsageError(`--steps: a whole number from 1 on, got "${given.steps}".`);
  const round = Number(given.round);
  if (!(Number.isInteger(round) && round > 0))
    throw new UsageError(`--round: a whole number from 1 on, got "${given.round}".`);
  if (round > 1 !== (given.policy?.trim() ?? "") > "")
    throw new UsageError("--policy: names the policy of a round after the first, and of no other.");
  const server = given.help ? { api: "", token: "" } : whichServer(given, env);
  return {
    help: given.help,
    json: given.json,
    paperTables,
    name: given.name.trim(),
    samples: given.samples,
    proxy: given.proxy,
    evalShare,
    encoder: given.encoder,
    round,
    policy: given.policy?.trim(),
    train: given.train,
    steps,
    prefer: given.prefer,
    ...server,
  };
}
