import { Role } from "../../shared/enums.ts";
import { ABSENT, type BadInput, NUL } from "./bad-input.ts";
import type { RecordedWorld } from "./recorded-world.ts";

/** As `badMutations`, of what starts and cancels work and of what workers report. */
export function badMutationsOfWork(world: RecordedWorld): Record<string, BadInput[]> {
  const { roundId, sha256 } = world;
  const lease = { jobId: world.runningJobId, leaseToken: world.leaseToken };
  const ablation = (changes: object) => ({ input: { roundId, name: "new", ...changes } });
  const cell = (changes: object) => ({
    input: { cellId: world.ablationCellId, picks: [1], metrics: [], ...changes },
  });
  const metric = { name: "FD", direction: "LOWER", provenance: {}, value: 1 };
  const features = (changes: object) => ({
    input: { encoderKey: "a".repeat(64), matrixSha256: sha256, images: [sha256], ...changes },
  });
  const trainingRun = (changes: object) => ({
    input: { key: "a".repeat(64), fileSha256: sha256, trainedSteps: 10, snapshotSteps: [5, 10], ...changes },
  });
  const drawn = (changes: object) => ({ input: { roundId: world.drawableRoundId, ...changes } });
  const tuned = (changes: object) => ({
    input: {
      ...{ roundId: world.drawableRoundId, rewardModelId: world.drawnModelId, method: "SFT", name: "new" },
      ...changes,
    },
  });
  const algorithm = (changes: object) => ({ input: { experimentId: world.drawableExperimentId, ...changes } });
  return {
    runExperiment: [
      ["a viewer", algorithm({}), "FORBIDDEN", null, Role.VIEWER],
      ["a worker", algorithm({}), "FORBIDDEN", null, Role.WORKER],
      ["an experiment that is no id", algorithm({ experimentId: "abc" }), "BAD_INPUT", "experimentId"],
      ["an experiment there is not", algorithm({ experimentId: ABSENT }), "NOT_FOUND", "experimentId"],
      [
        "an experiment that is over",
        algorithm({ experimentId: world.completedExperimentId }),
        "EXPERIMENT_FROZEN",
        "experimentId",
      ],
      [
        "a policy of another place",
        algorithm({ experimentId: world.draftExperimentId }),
        "POLICY_HAS_NO_WEIGHTS",
        "experimentId",
      ],
      ["a tag that no prompt has", algorithm({ evalTag: "no such" }), "TOO_FEW_ITEMS", "evalTag"],
      ["an empty tag", algorithm({ trainTag: "" }), "BAD_INPUT", "trainTag"],
      ["no steps", algorithm({ sampling: { steps: 0 } }), "BAD_INPUT", "sampling.steps"],
      [
        "an odd batch",
        algorithm({ rewardModel: { hyperparameters: { batchSize: 7 } } }),
        "BAD_INPUT",
        "rewardModel.hyperparameters.batchSize",
      ],
      [
        "settings of no method",
        algorithm({ postTraining: { hyperparameters: { steps: 1 } } }),
        "BAD_INPUT",
        "postTraining.hyperparameters",
      ],
      [
        "picks of no method",
        algorithm({ postTraining: { picksPerPrompt: 2 } }),
        "BAD_INPUT",
        "postTraining.picksPerPrompt",
      ],
      ["a judge there is not", algorithm({ judgeId: ABSENT }), "NOT_FOUND", "judgeId"],
      [
        "a judge without weights",
        algorithm({ judgeId: world.untrainedModelId }),
        "REWARD_MODEL_NOT_TRAINED",
        "judgeId",
      ],
    ],
    cancelRun: [
      ["no id", { id: "abc" }, "BAD_INPUT", "id"],
      ["a run there is not", { id: ABSENT }, "NOT_FOUND", "id"],
    ],
    resumeRun: [
      ["no id", { id: "abc" }, "BAD_INPUT", "id"],
      ["a run there is not", { id: ABSENT }, "NOT_FOUND", "id"],
    ],
    fineTunePolicy: [
      ["a viewer", tuned({}), "FORBIDDEN", null, Role.VIEWER],
      ["a worker", tuned({}), "FORBIDDEN", null, Role.WORKER],
      ["a round that is no id", tuned({ roundId: "abc" }), "BAD_INPUT", "roundId"],
      ["a round there is not", tuned({ roundId: ABSENT }), "NOT_FOUND", "roundId"],
      ["a model of another round", tuned({ rewardModelId: world.trainedModelId }), "NOT_FOUND", "rewardModelId"],
      [
        "a model without weights",
        tuned({ roundId, rewardModelId: world.untrainedModelId }),
        "REWARD_MODEL_NOT_TRAINED",
        "rewardModelId",
      ],
      [
        "a policy of another place",
        tuned({ roundId, rewardModelId: world.trainedModelId }),
        "POLICY_HAS_NO_WEIGHTS",
        "roundId",
      ],
      ["an empty name", tuned({ name: " " }), "BAD_INPUT", "name"],
      ["another policy's name", tuned({ name: world.policyName }), "NAME_TAKEN", "name"],
      ["nothing selected", tuned({}), "TOO_FEW_ITEMS", "promptTag"],
      ["no pick", tuned({ picksPerPrompt: 0 }), "BAD_INPUT", "picksPerPrompt"],
      ["picks of DPO", tuned({ method: "DPO", picksPerPrompt: 1 }), "BAD_INPUT", "picksPerPrompt"],
      ["a method there is not", tuned({ method: "PPO" }), "BAD_INPUT", "method"],
      ["a setting there is not", tuned({ hyperparameters: { beta: 1 } }), "BAD_INPUT", "hyperparameters"],
      ["only real images", tuned({ hyperparameters: { realShare: 1 } }), "BAD_INPUT", "hyperparameters.realShare"],
      [
        "a completed round",
        tuned({ roundId: world.completedRoundId, rewardModelId: world.completedModelId }),
        "ROUND_COMPLETED",
        "roundId",
      ],
    ],
    generateSamples: [
      ["a viewer", drawn({}), "FORBIDDEN", null, Role.VIEWER],
      ["a worker", drawn({}), "FORBIDDEN", null, Role.WORKER],
      ["a round that is no id", drawn({ roundId: "abc" }), "BAD_INPUT", "roundId"],
      ["a round there is not", drawn({ roundId: ABSENT }), "NOT_FOUND", "roundId"],
      ["a policy of another place", drawn({ roundId }), "POLICY_HAS_NO_WEIGHTS", "roundId"],
      ["a tag that no prompt has", drawn({ promptTag: "no such" }), "TOO_FEW_ITEMS", "promptTag"],
      ["an empty tag", drawn({ promptTag: " " }), "BAD_INPUT", "promptTag"],
      ["k beyond K", drawn({ kTo: 3 }), "BAD_INPUT", "kTo"],
      ["no k at all", drawn({ kFrom: 1, kTo: 1 }), "BAD_INPUT", "kFrom"],
      ["no steps", drawn({ steps: 0 }), "BAD_INPUT", "steps"],
      ["negative guidance", drawn({ guidance: -1 }), "BAD_INPUT", "guidance"],
      ["a nameless scheduler", drawn({ scheduler: "" }), "BAD_INPUT", "scheduler"],
      ["a negative seed", drawn({ seed: -1 }), "BAD_INPUT", "seed"],
    ],
    runAblation: [
      ["a viewer", ablation({}), "FORBIDDEN", null, Role.VIEWER],
      ["a round that is no id", ablation({ roundId: "abc" }), "BAD_INPUT", "roundId"],
      ["a round there is not", ablation({ roundId: ABSENT }), "NOT_FOUND", "roundId"],
      ["a round without samples", ablation({ roundId: world.emptyRoundId }), "ROUND_HAS_NO_SAMPLES", "roundId"],
      ["an empty name", ablation({ name: " " }), "BAD_INPUT", "name"],
      ["a name that is another ablation's", ablation({ name: "begun" }), "CONFLICT", "name"],
      ["no strategies", ablation({ strategies: [] }), "BAD_INPUT", "strategies"],
      ["a strategy there is not", ablation({ strategies: ["NAIVE", "BEST"] }), "BAD_INPUT", "strategies[1]"],
      ["fewer proxy items than a training takes", ablation({ n: [4] }), "BAD_INPUT", "n[0]"],
      ["more proxy items than there are", ablation({ n: [8, 4000] }), "TOO_FEW_ITEMS", "n[0]"],
      ["a choice among one", ablation({ k: [2, 1] }), "BAD_INPUT", "k[1]"],
      ["more candidates than there are", ablation({ k: [2, 3] }), "BAD_INPUT", "k[1]"],
      ["labels that rise", ablation({ alpha: [1, -1] }), "BAD_INPUT", "alpha[1]"],
      ["no pseudo-labels", ablation({ m: [0] }), "BAD_INPUT", "m[0]"],
      ["a seed twice", ablation({ seeds: [1, 1] }), "BAD_INPUT", "seeds"],
      ["a negative seed", ablation({ seeds: [1, -1] }), "BAD_INPUT", "seeds[1]"],
      [
        "more cells than are allowed",
        ablation({
          alpha: Array.from({ length: 100 }, (_, i) => i + 1),
          seeds: Array.from({ length: 11 }, (_, i) => i),
        }),
        "BAD_INPUT",
        "seeds",
      ],
      ["a setting there is not", ablation({ hyperparameters: { learningrate: 1 } }), "BAD_INPUT", "hyperparameters"],
      ["an odd batch", ablation({ hyperparameters: { batchSize: 7 } }), "BAD_INPUT", "hyperparameters.batchSize"],
      ["a tag that no prompt has", ablation({ promptTag: "no such" }), "TOO_FEW_ITEMS", "promptTag"],
    ],
    cancelAblation: [
      ["no id", { id: "abc" }, "BAD_INPUT", "id"],
      ["an ablation there is not", { id: ABSENT }, "NOT_FOUND", "id"],
    ],
    recordAblationCell: [
      ["a member", cell({}), "FORBIDDEN", null, Role.MEMBER],
      ["a cell that is no id", cell({ cellId: "abc" }), "BAD_INPUT", "cellId", Role.WORKER],
      ["a cell there is not", cell({ cellId: ABSENT }), "NOT_FOUND", "cellId", Role.WORKER],
      ["picks of other prompts", cell({ picks: [0, 1] }), "BAD_INPUT", "picks", Role.WORKER],
      ["a pick beyond K", cell({ picks: [2] }), "BAD_INPUT", "picks[0]", Role.WORKER],
      [
        "weights never uploaded",
        cell({ weightsSha256: "0".repeat(64) }),
        "ARTIFACT_MISSING",
        "weightsSha256",
        Role.WORKER,
      ],
      ["weights of a name", cell({ weightsSha256: "rpl" }), "BAD_INPUT", "weightsSha256", Role.WORKER],
      [
        "a metric without a name",
        cell({ metrics: [metric, { ...metric, name: "" }] }),
        "BAD_INPUT",
        "metrics[1].name",
        Role.WORKER,
      ],
      [
        "an interval upside down",
        cell({ metrics: [{ ...metric, low: 2, high: 1 }] }),
        "BAD_INPUT",
        "metrics[0].low",
        Role.WORKER,
      ],
      [
        "a value that is no number",
        cell({ metrics: [{ ...metric, value: "NaN" }] }),
        "BAD_INPUT",
        "metrics[0].value",
        Role.WORKER,
      ],
      [
        "one metric with two values",
        cell({ metrics: [metric, { ...metric, value: 2 }] }),
        "CONFLICT",
        "metrics[1].value",
        Role.WORKER,
      ],
    ],
    cancelJob: [
      ["no id", { id: "abc" }, "BAD_INPUT", "id"],
      ["a job there is not", { id: ABSENT }, "NOT_FOUND", "id"],
      ["a job that has ended", { id: world.finishedJobId }, "JOB_FINISHED", "id"],
    ],
    retryJob: [
      ["no id", { id: "abc" }, "BAD_INPUT", "id"],
      ["a job there is not", { id: ABSENT }, "NOT_FOUND", "id"],
      ["a job that has done its work", { id: world.finishedJobId }, "JOB_NOT_LOST", "id"],
    ],
    leaseJob: [
      ["a member", { input: { worker: "w", kinds: ["SCORE_SAMPLES"] } }, "FORBIDDEN", null, Role.MEMBER],
      ["by nobody", { input: { worker: "", kinds: ["SCORE_SAMPLES"] } }, "BAD_INPUT", "worker", Role.WORKER],
      ["of no kind", { input: { worker: "w", kinds: [] } }, "BAD_INPUT", "kinds", Role.WORKER],
    ],
    heartbeat: [
      ["of no lease", { input: { ...lease, leaseToken: ABSENT } }, "LEASE_LOST", "leaseToken", Role.WORKER],
      ["of a job that is no id", { input: { ...lease, jobId: "abc" } }, "BAD_INPUT", "jobId", Role.WORKER],
      ["more than all done", { input: { ...lease, progress: 1.5 } }, "BAD_INPUT", "progress", Role.WORKER],
      ["NUL in the log", { input: { ...lease, log: NUL } }, "BAD_INPUT", "log", Role.WORKER],
    ],
    finishJob: [
      [
        "of no lease",
        { input: { ...lease, leaseToken: ABSENT, result: { scored: 1 } } },
        "LEASE_LOST",
        "leaseToken",
        Role.WORKER,
      ],
      ["without an outcome", { input: lease }, "BAD_INPUT", "result", Role.WORKER],
      ["with two outcomes", { input: { ...lease, error: "no", result: {} } }, "BAD_INPUT", "result", Role.WORKER],
      [
        "a result of another kind",
        { input: { ...lease, result: { weightsSha256: sha256 } } },
        "BAD_INPUT",
        "result.scored",
        Role.WORKER,
      ],
      ["a cancel nobody asked for", { input: { ...lease, cancelled: true } }, "LEASE_LOST", "leaseToken", Role.WORKER],
    ],
    registerFeatures: [
      ["a member", features({}), "FORBIDDEN", null, Role.MEMBER],
      ["no matrix", features({ matrixSha256: "0".repeat(64) }), "ARTIFACT_MISSING", "matrixSha256", Role.WORKER],
      ["an image for a matrix", features({}), "BAD_INPUT", "matrixSha256", Role.WORKER],
      ["no images", features({ images: [] }), "BAD_INPUT", "images", Role.WORKER],
      ["an image twice", features({ images: [sha256, sha256] }), "BAD_INPUT", "images", Role.WORKER],
      ["an encoder's name", features({ encoderKey: "clip" }), "BAD_INPUT", "encoderKey", Role.WORKER],
    ],
    registerRewardTrainingRun: [
      ["a member", trainingRun({}), "FORBIDDEN", null, Role.MEMBER],
      [
        "a run without a file",
        trainingRun({ fileSha256: "0".repeat(64) }),
        "ARTIFACT_MISSING",
        "fileSha256",
        Role.WORKER,
      ],
      ["an image for a run", trainingRun({}), "BAD_INPUT", "fileSha256", Role.WORKER],
      ["a key of words", trainingRun({ key: "my run" }), "BAD_INPUT", "key", Role.WORKER],
      ["no snapshots", trainingRun({ snapshotSteps: [] }), "BAD_INPUT", "snapshotSteps", Role.WORKER],
      ["a snapshot after the end", trainingRun({ snapshotSteps: [5, 11] }), "BAD_INPUT", "snapshotSteps", Role.WORKER],
      ["no steps", trainingRun({ trainedSteps: 0 }), "BAD_INPUT", "trainedSteps", Role.WORKER],
    ],
  };
}
