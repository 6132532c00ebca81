import { Role } from "../../shared/enums.ts";
import { ABSENT, type BadInput, NUL } from "./bad-input.ts";
import { badMutationsOfStudies } from "./bad-mutations-of-studies.ts";
import { badMutationsOfWork } from "./bad-mutations-of-work.ts";
import type { RecordedWorld } from "./recorded-world.ts";

const HALF_A_PAIR = "a\ud83d";
const TOO_MANY = 5001;

/** For each mutation what it must refuse in the recorded world. A mutation that is not here fails the test. */
export function badMutations(world: RecordedWorld): Record<string, BadInput[]> {
  const { roundId, experimentId, trainedModelId, sha256 } = world;
  const sample = { promptPosition: 2, k: 0, artifactSha256: sha256 };
  const samples = (...rows: object[]) => ({ input: { roundId, samples: rows } });
  const point = { subject: "POLICY", subjectId: world.policyId, name: "FD", direction: "LOWER", step: 1, value: 1 };
  const points = (...rows: object[]) => ({ input: { points: rows } });
  const pair = { promptPosition: 0, chosenK: 0, rejectedK: 1 };
  const logged = (...pairs: object[]) => ({ input: { rewardModelId: trainedModelId, pairs } });
  const score = { sampleId: world.sampleId, logit: 0, score: 0.5 };
  const scores = (...rows: object[]) => ({ input: { rewardModelId: trainedModelId, scores: rows } });
  const value = { sampleId: world.sampleId, value: 0.25 };
  const sampleMetric = { roundId, name: "VBench", direction: "HIGHER", provenance: { model: "a" } };
  const values = (changes: object, ...rows: object[]) => ({ input: { ...sampleMetric, values: rows, ...changes } });
  const measured = (changes: object) => ({ input: { roundId, metrics: ["IP(nsfwjs-mobilenet-v2-mid)"], ...changes } });
  const result = { table: "1", row: "FD", column: "SD 1.5", value: 1 };
  const results = (...rows: object[]) => ({ input: { source: "paper", results: rows } });
  const experiment = {
    name: "new",
    basePolicyId: world.policyId,
    promptSetId: world.promptSetId,
    proxySetId: world.proxySetId,
  };
  const items = [{ artifactSha256: sha256 }, { artifactSha256: sha256 }];
  const train = (changes: object) => ({ input: { roundId, name: "new", ...changes } });
  return {
    createShareLink: [
      ["of nothing", { input: { experimentId: ABSENT, name: "x" } }, "NOT_FOUND", "experimentId"],
      ["of what is no id", { input: { experimentId: "abc", name: "x" } }, "BAD_INPUT", "experimentId"],
      ["for nobody", { input: { experimentId: world.experimentId, name: " " } }, "BAD_INPUT", "name"],
      [
        "for ever",
        { input: { experimentId: world.experimentId, name: "x", expiresInDays: 366 } },
        "BAD_INPUT",
        "expiresInDays",
      ],
      ["by a viewer", { input: { experimentId: world.experimentId, name: "x" } }, "FORBIDDEN", null, Role.VIEWER],
    ],
    revokeShareLink: [
      ["no id", { id: "abc" }, "BAD_INPUT", "id"],
      ["a link there is not", { id: ABSENT }, "NOT_FOUND", "id"],
    ],
    ...badMutationsOfWork(world),
    ...badMutationsOfStudies(world),
    createToken: [
      ["a member", { input: { name: "x", role: "ADMIN" } }, "FORBIDDEN", null, Role.MEMBER],
      ["nobody's token", { input: { name: " ", role: "VIEWER" } }, "BAD_INPUT", "name", Role.ADMIN],
      ["a role there is not", { input: { name: "x", role: "KING" } }, "BAD_INPUT", "role", Role.ADMIN],
      [
        "for no time",
        { input: { name: "x", role: "VIEWER", expiresInDays: 0 } },
        "BAD_INPUT",
        "expiresInDays",
        Role.ADMIN,
      ],
    ],
    revokeToken: [
      ["no id", { id: "abc" }, "BAD_INPUT", "id", Role.ADMIN],
      ["a token there is not", { id: ABSENT }, "NOT_FOUND", "id", Role.ADMIN],
    ],
    createPromptSet: [
      ["an empty name", { input: { name: " ", prompts: [{ text: "a" }] } }, "BAD_INPUT", "name"],
      ["a missing name", { input: { prompts: [{ text: "a" }] } }, "BAD_INPUT", "name"],
      ["no prompts", { input: { name: "new", prompts: [] } }, "BAD_INPUT", "prompts"],
      [
        "an empty prompt",
        { input: { name: "new", prompts: [{ text: "a" }, { text: "" }] } },
        "BAD_INPUT",
        "prompts[1].text",
      ],
      [
        "NUL in a prompt",
        { input: { name: "new", prompts: [{ text: "a" }, { text: NUL }] } },
        "BAD_INPUT",
        "prompts[1].text",
      ],
      [
        "half a character in a tag",
        { input: { name: "new", prompts: [{ text: "a", tags: ["b", HALF_A_PAIR] }] } },
        "BAD_INPUT",
        "prompts[0].tags[1]",
      ],
    ],
    createProxySet: [
      ["one image", { input: { name: "new", items: items.slice(1) } }, "BAD_INPUT", "items"],
      ["the same image twice only", { input: { name: "new", items } }, "TOO_FEW_ITEMS", "items"],
      ["everything held out", { input: { name: "new", items, heldOutFraction: 1 } }, "BAD_INPUT", "heldOutFraction"],
      [
        "a hash that is none",
        { input: { name: "new", items: [items[0], { artifactSha256: "xyz" }] } },
        "BAD_INPUT",
        "items[1].artifactSha256",
      ],
      [
        "an image never uploaded",
        { input: { name: "new", items: [items[0], { artifactSha256: "0".repeat(64) }] } },
        "ARTIFACT_MISSING",
        "items[1].artifactSha256",
      ],
    ],
    createPolicy: [
      ["a viewer", { input: { name: "new" } }, "FORBIDDEN", null, Role.VIEWER],
      ["a worker", { input: { name: "new" } }, "FORBIDDEN", null, Role.WORKER],
      ["a parent there is not", { input: { name: "new", parentId: ABSENT } }, "NOT_FOUND", "parentId"],
      ["a parent that is no id", { input: { name: "new", parentId: "abc" } }, "BAD_INPUT", "parentId"],
      [
        "NUL deep in the configuration",
        { input: { name: "new", config: { a: [1, { b: NUL }] } } },
        "BAD_INPUT",
        "config.a[1].b",
      ],
      ["NUL in a key of the configuration", { input: { name: "new", config: { [NUL]: 1 } } }, "BAD_INPUT", "config"],
      [
        "weights never uploaded",
        { input: { name: "new", weightsSha256: "0".repeat(64) } },
        "ARTIFACT_MISSING",
        "weightsSha256",
      ],
      ["an image for weights", { input: { name: "new", weightsSha256: sha256 } }, "BAD_INPUT", "weightsSha256"],
      ["weights of a name", { input: { name: "new", weightsSha256: "flow" } }, "BAD_INPUT", "weightsSha256"],
      ["a folder outside", { input: { name: "new", folder: "models/../../etc" } }, "BAD_INPUT", "folder"],
      ["a folder from the root", { input: { name: "new", folder: "/etc" } }, "BAD_INPUT", "folder"],
      ["weights and a folder", { input: { name: "new", folder: "sd", weightsSha256: sha256 } }, "BAD_INPUT", "folder"],
    ],
    createExperiment: [
      ["one sample a prompt", { input: { ...experiment, k: 1 } }, "BAD_INPUT", "k"],
      ["half a sample", { input: { ...experiment, k: 2.5 } }, "BAD_INPUT", "k"],
      ["a negative seed", { input: { ...experiment, seed: -1 } }, "BAD_INPUT", "seed"],
      ["a policy there is not", { input: { ...experiment, basePolicyId: ABSENT } }, "NOT_FOUND", "basePolicyId"],
      ["prompts there are not", { input: { ...experiment, promptSetId: ABSENT } }, "NOT_FOUND", "promptSetId"],
      ["a proxy set that is no id", { input: { ...experiment, proxySetId: "abc" } }, "BAD_INPUT", "proxySetId"],
    ],
    forkFromRound: [
      ["a viewer", { input: { roundId, name: "new" } }, "FORBIDDEN", null, Role.VIEWER],
      ["a round that is no id", { input: { roundId: "abc", name: "new" } }, "BAD_INPUT", "roundId"],
      ["a round there is not", { input: { roundId: ABSENT, name: "new" } }, "NOT_FOUND", "roundId"],
      ["no rounds", { input: { roundId, name: "new", plannedRounds: 0 } }, "BAD_INPUT", "plannedRounds"],
    ],
    forkExperiment: [
      ["of nothing", { input: { experimentId: ABSENT, name: "new" } }, "NOT_FOUND", "experimentId"],
      ["of no id", { input: { experimentId: "abc", name: "new" } }, "BAD_INPUT", "experimentId"],
      ["too many rounds", { input: { experimentId, name: "new", plannedRounds: 101 } }, "BAD_INPUT", "plannedRounds"],
    ],
    openRound: [
      ["of no id", { input: { experimentId: "abc" } }, "BAD_INPUT", "experimentId"],
      ["of an experiment there is not", { input: { experimentId: ABSENT } }, "NOT_FOUND", "experimentId"],
      ["round 3 after round 1", { input: { experimentId, index: 3 } }, "BAD_INPUT", "index"],
      ["round 0", { input: { experimentId, index: 0 } }, "BAD_INPUT", "index"],
      ["of a policy there is not", { input: { experimentId, policyInId: ABSENT } }, "NOT_FOUND", "policyInId"],
      [
        "of a completed experiment",
        { input: { experimentId: world.completedExperimentId } },
        "EXPERIMENT_FROZEN",
        "experimentId",
      ],
    ],
    completeRound: [
      ["no id", { id: "abc" }, "BAD_INPUT", "id"],
      ["a round there is not", { id: ABSENT }, "NOT_FOUND", "id"],
    ],
    completeExperiment: [
      ["no id", { id: "abc" }, "BAD_INPUT", "id"],
      ["an experiment there is not", { id: ABSENT }, "NOT_FOUND", "id"],
      ["one without a round", { id: world.draftExperimentId }, "BAD_INPUT", "id"],
    ],
    logSamples: [
      ["none", samples(), "BAD_INPUT", "samples"],
      ["too many", samples(...Array.from({ length: TOO_MANY }, () => sample)), "BAD_INPUT", "samples"],
      ["k = K", samples(sample, { ...sample, k: 2 }), "BAD_INPUT", "samples[1].k"],
      [
        "a position beyond 32 bits",
        samples({ ...sample, promptPosition: 2 ** 31 }),
        "BAD_INPUT",
        "samples[0].promptPosition",
      ],
      [
        "a position beyond the prompts",
        samples(sample, { ...sample, promptPosition: 3 }),
        "NOT_FOUND",
        "samples[1].promptPosition",
      ],
      ["a seed beyond 2^53", samples({ ...sample, seed: 2 ** 53 }), "BAD_INPUT", "samples[0].seed"],
      [
        "an image never uploaded",
        samples(sample, { ...sample, k: 1, artifactSha256: "0".repeat(64) }),
        "ARTIFACT_MISSING",
        "samples[1].artifactSha256",
      ],
      [
        "another image at a place that is taken",
        samples({ ...sample, promptPosition: 0, artifactSha256: world.otherSha256 }),
        "CONFLICT",
        "samples[0]",
      ],
      [
        "two images at one place",
        samples(sample, { ...sample, artifactSha256: world.otherSha256 }),
        "CONFLICT",
        "samples[1]",
      ],
      ["NUL in a label", samples({ ...sample, label: NUL }), "BAD_INPUT", "samples[0].label"],
      ["a round there is not", { input: { roundId: ABSENT, samples: [sample] } }, "NOT_FOUND", "roundId"],
      [
        "a completed round",
        { input: { roundId: world.completedRoundId, samples: [sample] } },
        "ROUND_COMPLETED",
        "roundId",
      ],
    ],
    trainRewardModel: [
      ["a round there is not", train({ roundId: ABSENT }), "NOT_FOUND", "roundId"],
      ["a round without samples", train({ roundId: world.emptyRoundId }), "ROUND_HAS_NO_SAMPLES", "roundId"],
      ["a completed round", train({ roundId: world.completedRoundId }), "ROUND_COMPLETED", "roundId"],
      ["too few samples", train({}), "TOO_FEW_ITEMS", "roundId"],
      ["an odd batch", train({ hyperparameters: { batchSize: 7 } }), "BAD_INPUT", "hyperparameters.batchSize"],
      ["a setting there is not", train({ hyperparameters: { learningrate: 1 } }), "BAD_INPUT", "hyperparameters"],
      [
        "more snapshots than steps",
        train({ hyperparameters: { steps: 3, snapshots: 4 } }),
        "BAD_INPUT",
        "hyperparameters.snapshots",
      ],
      ["a strategy there is not", train({ strategy: "BEST" }), "BAD_INPUT", "strategy"],
      [
        "no pseudo-positives",
        train({ strategy: "BOOTSTRAP", hyperparameters: { bootstrap: { m: 0 } } }),
        "BAD_INPUT",
        "hyperparameters.bootstrap.m",
      ],
      [
        "labels that grow",
        train({ strategy: "BOOTSTRAP", hyperparameters: { bootstrap: { alpha: -1 } } }),
        "BAD_INPUT",
        "hyperparameters.bootstrap.alpha",
      ],
      [
        "ranks from two",
        train({ strategy: "BOOTSTRAP", hyperparameters: { bootstrap: { rankFrom: 2 } } }),
        "BAD_INPUT",
        "hyperparameters.bootstrap.rankFrom",
      ],
      [
        "a scale there is not",
        train({ strategy: "BOOTSTRAP", hyperparameters: { bootstrap: { rankScale: "LOG" } } }),
        "BAD_INPUT",
        "hyperparameters.bootstrap.rankScale",
      ],
      [
        "negatives there are not",
        train({ strategy: "BOOTSTRAP", hyperparameters: { bootstrap: { pseudoNegatives: "ALL" } } }),
        "BAD_INPUT",
        "hyperparameters.bootstrap.pseudoNegatives",
      ],
      [
        "bootstrapping without the strategy",
        train({ strategy: "VOTING", hyperparameters: { bootstrap: {} } }),
        "BAD_INPUT",
        "hyperparameters.bootstrap",
      ],
      ["other settings under a name that is taken", train({ name: "trained" }), "CONFLICT", "name"],
      [
        "proxy images through no policy",
        train({ hyperparameters: { passThroughNoise: 0.3 } }),
        "POLICY_HAS_NO_WEIGHTS",
        "hyperparameters.passThroughNoise",
      ],
      [
        "nothing but noise",
        train({ hyperparameters: { passThroughNoise: 1 } }),
        "BAD_INPUT",
        "hyperparameters.passThroughNoise",
      ],
    ],
    scoreSamples: [
      ["no id", { rewardModelId: "abc" }, "BAD_INPUT", "rewardModelId"],
      ["a model there is not", { rewardModelId: ABSENT }, "NOT_FOUND", "rewardModelId"],
      [
        "a model without weights",
        { rewardModelId: world.untrainedModelId },
        "REWARD_MODEL_NOT_TRAINED",
        "rewardModelId",
      ],
    ],
    logScores: [
      ["none", scores(), "BAD_INPUT", "scores"],
      ["certainty and more", scores({ ...score, score: 1.01 }), "BAD_INPUT", "scores[0].score"],
      ["more than all votes", scores({ ...score, votes: 1.5 }), "BAD_INPUT", "scores[0].votes"],
      ["an infinite logit", scores(score, { ...score, logit: "Infinity" }), "BAD_INPUT", "scores[1].logit"],
      ["a sample there is not", scores(score, { ...score, sampleId: ABSENT }), "NOT_FOUND", "scores[1].sampleId"],
      [
        "a sample of another experiment",
        scores(score, { ...score, sampleId: world.foreignSampleId }),
        "NOT_FOUND",
        "scores[1].sampleId",
      ],
      ["two scores of one sample", scores(score, { ...score, score: 0.6 }), "CONFLICT", "scores[1].score"],
      ["a model there is not", { input: { rewardModelId: ABSENT, scores: [score] } }, "NOT_FOUND", "rewardModelId"],
      ["a viewer", scores(score), "FORBIDDEN", null, Role.VIEWER],
    ],
    buildPairs: [
      ["a model there is not", { input: { rewardModelId: ABSENT } }, "NOT_FOUND", "rewardModelId"],
      ["a margin of one", { input: { rewardModelId: trainedModelId, minimumMargin: 1 } }, "BAD_INPUT", "minimumMargin"],
      ["samples without ranks", { input: { rewardModelId: trainedModelId } }, "SAMPLES_NOT_SCORED", "rewardModelId"],
      [
        "in a completed round",
        { input: { rewardModelId: world.completedModelId } },
        "ROUND_COMPLETED",
        "rewardModelId",
      ],
    ],
    logPairs: [
      ["none", logged(), "BAD_INPUT", "pairs"],
      ["a sample preferred to itself", logged({ ...pair, rejectedK: 0 }), "BAD_INPUT", "pairs[0].rejectedK"],
      ["a margin of nothing", logged({ ...pair, margin: 0 }), "BAD_INPUT", "pairs[0].margin"],
      ["a prompt twice", logged(pair, pair), "BAD_INPUT", "pairs[1].promptPosition"],
      ["a sample that is not there", logged({ ...pair, chosenK: 999 }), "BAD_INPUT", "pairs[0].chosenK"],
      ["a model there is not", { input: { rewardModelId: ABSENT, pairs: [pair] } }, "NOT_FOUND", "rewardModelId"],
      [
        "in a completed round",
        { input: { rewardModelId: world.completedModelId, pairs: [pair] } },
        "ROUND_COMPLETED",
        "rewardModelId",
      ],
      ["a viewer", logged(pair), "FORBIDDEN", null, Role.VIEWER],
    ],
    logMetrics: [
      ["none", points(), "BAD_INPUT", "points"],
      [
        "too many",
        points(...Array.from({ length: TOO_MANY }, (_, step) => ({ ...point, step }))),
        "BAD_INPUT",
        "points",
      ],
      ["about nothing", points(point, { ...point, subjectId: ABSENT }), "NOT_FOUND", "points[1].subjectId"],
      [
        "about a policy that is an experiment",
        points({ ...point, subjectId: experimentId }),
        "NOT_FOUND",
        "points[0].subjectId",
      ],
      ["a negative step", points({ ...point, step: -1 }), "BAD_INPUT", "points[0].step"],
      ["a value that is no number", points({ ...point, value: "NaN" }), "BAD_INPUT", "points[0].value"],
      ["an interval upside down", points({ ...point, low: 2, high: 1 }), "BAD_INPUT", "points[0].low"],
      [
        "another value at a step that is taken",
        points(point, { ...point, step: 0, value: 2 }),
        "CONFLICT",
        "points[1].value",
      ],
      [
        "two values at one step of a new series",
        points({ ...point, name: "new" }, { ...point, name: "new", value: 2 }),
        "CONFLICT",
        "points[1].value",
      ],
      [
        "the other direction",
        points({ ...point, name: "new" }, { ...point, direction: "HIGHER" }),
        "CONFLICT",
        "points[1].direction",
      ],
      [
        "NUL in the provenance",
        points({ ...point, provenance: { model: NUL } }),
        "BAD_INPUT",
        "points[0].provenance.model",
      ],
      [
        "a rank of zero",
        points({ ...point, subject: "RANK_SLICE", subjectId: trainedModelId, step: 0 }),
        "BAD_INPUT",
        "points[0].step",
      ],
      [
        "ranks by a model there is not",
        points({ ...point, subject: "RANK_SLICE", subjectId: ABSENT }),
        "NOT_FOUND",
        "points[0].subjectId",
      ],
    ],
    logSampleMetrics: [
      ["none", values({}), "BAD_INPUT", "values"],
      ["too many", values({}, ...Array.from({ length: TOO_MANY }, () => value)), "BAD_INPUT", "values"],
      ["no name", values({ name: " " }, value), "BAD_INPUT", "name"],
      ["a direction there is not", values({ direction: "UP" }, value), "BAD_INPUT", "direction"],
      ["a value that is no number", values({}, value, { ...value, value: "NaN" }), "BAD_INPUT", "values[1].value"],
      ["a sample that is no id", values({}, { ...value, sampleId: "abc" }), "BAD_INPUT", "values[0].sampleId"],
      ["a sample there is not", values({}, value, { ...value, sampleId: ABSENT }), "NOT_FOUND", "values[1].sampleId"],
      [
        "a sample of another experiment",
        values({}, value, { ...value, sampleId: world.foreignSampleId }),
        "NOT_FOUND",
        "values[1].sampleId",
      ],
      ["a round there is not", values({ roundId: ABSENT }, value), "NOT_FOUND", "roundId"],
      ["another value", values({}, { ...value, value: 0.5 }), "CONFLICT", "values[0].value"],
      ["two values of a sample", values({ name: "new" }, value, { ...value, value: 2 }), "CONFLICT", "values[1].value"],
      ["the other direction", values({ direction: "LOWER" }, value), "CONFLICT", "direction"],
      ["NUL in the provenance", values({ provenance: { model: NUL } }, value), "BAD_INPUT", "provenance.model"],
      ["a viewer", values({}, value), "FORBIDDEN", null, Role.VIEWER],
    ],
    measureRound: [
      ["no id", measured({ roundId: "abc" }), "BAD_INPUT", "roundId"],
      ["a round there is not", measured({ roundId: ABSENT }), "NOT_FOUND", "roundId"],
      ["a round without samples", measured({ roundId: world.emptyRoundId }), "ROUND_HAS_NO_SAMPLES", "roundId"],
      ["no metrics", measured({ metrics: [] }), "BAD_INPUT", "metrics"],
      ["a distance without encoder", measured({ metrics: ["FD"] }), "BAD_INPUT", "metrics[0]"],
      ["less than no resamples", measured({ resamples: -1 }), "BAD_INPUT", "resamples"],
      ["against one held-out image", measured({ metrics: null }), "TOO_FEW_ITEMS", "roundId"],
      ["a model there is not", measured({ rewardModelId: ABSENT }), "NOT_FOUND", "rewardModelId"],
      ["a model of another round", measured({ rewardModelId: world.completedModelId }), "NOT_FOUND", "rewardModelId"],
      ["a model without ranks", measured({ rewardModelId: trainedModelId }), "SAMPLES_NOT_SCORED", "rewardModelId"],
      ["a viewer", measured({}), "FORBIDDEN", null, Role.VIEWER],
      ["a worker", measured({}), "FORBIDDEN", null, Role.WORKER],
      ["fidelity by no encoder", measured({ metrics: ["KID(x)", "fidelity(nothing)"] }), "BAD_INPUT", "metrics"],
      ["the diversity of nothing", measured({ metrics: ["diversity"] }), "BAD_INPUT", "metrics[0]"],
      ["a judge there is not", measured({ judgeIds: [ABSENT] }), "NOT_FOUND", "judgeIds[0]"],
      [
        "a judge without weights",
        measured({ judgeIds: [trainedModelId, world.untrainedModelId] }),
        "REWARD_MODEL_NOT_TRAINED",
        "judgeIds[1]",
      ],
      ["an empty tag", measured({ promptTag: " " }), "BAD_INPUT", "promptTag"],
    ],
    importReferenceResults: [
      ["none", results(), "BAD_INPUT", "results"],
      ["an empty row name", results(result, { ...result, row: "" }), "BAD_INPUT", "results[1].row"],
      ["two values of one cell", results(result, { ...result, value: 2 }), "CONFLICT", "results[1].value"],
    ],
    collectArtifacts: [
      ["a member", { input: {} }, "FORBIDDEN", null, Role.MEMBER],
      ["a dry run of words", { input: { dryRun: "yes" } }, "BAD_INPUT", "dryRun", Role.ADMIN],
    ],
  };
}
