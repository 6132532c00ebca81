import { count } from "../../../shared/format/number.ts";
import type { Experiment } from "./prepareRounds.ts";

interface Configured extends Pick<Experiment, "encoder" | "k" | "plannedRounds" | "postTraining" | "setting" | "seed"> {
  basePolicy: Pick<Experiment["basePolicy"], "name">;
  promptSet: Pick<Experiment["promptSet"], "name" | "promptCount">;
  proxySet: Pick<Experiment["proxySet"], "name" | "trainCount" | "heldOutCount">;
}

/** What an experiment asks of the method, as names and values. */
export function configurationFacts(experiment: Configured): { label: string; value: string | number }[] {
  const { proxySet, promptSet } = experiment;
  return [
    { label: "Base policy", value: experiment.basePolicy.name },
    { label: "Prompts", value: `${promptSet.name} (${count(promptSet.promptCount)})` },
    {
      label: "Preference proxy data",
      value: `${proxySet.name} (${count(proxySet.trainCount)} to train, ${count(proxySet.heldOutCount)} held out)`,
    },
    { label: "Encoder", value: experiment.encoder },
    { label: "Samples per prompt, K", value: experiment.k },
    { label: "Rounds planned", value: experiment.plannedRounds },
    { label: "Post-training", value: experiment.postTraining === "NONE" ? "none" : experiment.postTraining },
    { label: "Setting", value: experiment.setting.toLowerCase().replace("_", " ") },
    { label: "Seed", value: experiment.seed },
  ];
}
