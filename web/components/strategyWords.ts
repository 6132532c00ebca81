/** How a reward model's weights are made of a training run, in a few words. */
export const STRATEGY_WORDS: Record<"NAIVE" | "AVERAGE" | "VOTING" | "BOOTSTRAP", string> = {
  NAIVE: "naive: the last weights of a run",
  AVERAGE: "average of the run's snapshots",
  VOTING: "voting of the run's snapshots",
  BOOTSTRAP: "bootstrap: trained again on pseudo-labels",
};
