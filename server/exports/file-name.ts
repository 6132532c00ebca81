import { ExportKind } from "../../shared/enums.ts";

const ENDINGS: Record<ExportKind, string> = {
  [ExportKind.PAIRS_PARQUET]: "pairs.parquet",
  [ExportKind.PAIRS_JSON_LINES]: "pairs.jsonl",
  [ExportKind.SFT_IMAGEFOLDER]: "sft.zip",
  [ExportKind.FEATURES_SAFETENSORS]: "features.safetensors",
  [ExportKind.WEIGHTS_SAFETENSORS]: "weights.safetensors",
  [ExportKind.SCORER_ONNX]: "scorer.onnx",
  [ExportKind.IMAGE_SCORER_ONNX]: "image-scorer.onnx",
  [ExportKind.METRICS_CSV]: "metrics.csv",
  [ExportKind.VOTES_CSV]: "votes.csv",
  [ExportKind.VOTES_JSON_LINES]: "votes.jsonl",
};
const LONGEST_PART = 40;

/** The letters and digits of a name that every file system and header takes; may be empty. */
const plain = (name: string): string =>
  name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .slice(0, LONGEST_PART)
    .replaceAll(/^-+|-+$/g, "");

/** @param names of the objects that the file is about, from the outside in, such as an experiment's and a round's */
export function exportFileName(kind: ExportKind, names: readonly string[]): string {
  return [...names.map(plain).filter(Boolean), ENDINGS[kind]].join("-");
}
