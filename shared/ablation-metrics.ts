/** Names of what every cell of an ablation is measured by, where they are of this project's making. */
export const BEST_OF_K_ACCURACY = "best-of-K accuracy";
export const PICK_RATE = "pick rate";
export const HELD_OUT_AUC = "held-out AUC";
export const HELD_OUT_ACCURACY = "held-out accuracy";
export const HELD_OUT_ECE = "held-out ECE";
export const TRAINING_SECONDS = "training seconds";

/** Columns of a table from left to right, by the beginning of their names; what is not here stands before the last four. */
const FIRST = [BEST_OF_K_ACCURACY, PICK_RATE, "FID", "FD(", "KID(", "ImageReward", "PickScore", "HPS", "CLIPScore"];
const LAST = [HELD_OUT_AUC, HELD_OUT_ACCURACY, HELD_OUT_ECE, TRAINING_SECONDS];

/** For sorting metrics into the order of columns. */
export function compareMetrics(a: string, b: string): number {
  const place = (name: string): number => {
    const first = FIRST.findIndex((start) => name.startsWith(start));
    if (first >= 0) return first;
    const last = LAST.indexOf(name);
    return last >= 0 ? 1000 + last : 500;
  };
  return place(a) - place(b) || (a < b ? -1 : a > b ? 1 : 0);
}
