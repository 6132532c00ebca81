import { Role } from "../../shared/enums.ts";
import { ABSENT, type BadInput, NUL } from "./bad-input.ts";
import type { RecordedWorld } from "./recorded-world.ts";

/** As `badMutations`, of user studies. */
export function badMutationsOfStudies(world: RecordedWorld): Record<string, BadInput[]> {
  const { draftStudyId, openStudyId, roundId, emptyRoundId } = world;
  const arms = world.armRoundIds.map((id, i) => ({ name: `arm ${i}`, roundId: id }));
  const [first, second] = arms;
  const study = (changes: object) => ({ input: { name: "new", arms, ...changes } });
  const bestOf = (rewardModelId: string | null, k?: number) =>
    study({ arms: [first, { ...second, selection: "BEST_OF_K", rewardModelId, k }] });
  const pairs = (changes: object) => ({
    input: { studyId: openStudyId, rewardModelId: world.trainedModelId, ...changes },
  });
  const byId = (of: string): BadInput[] => [
    ["no id", { id: "abc" }, "BAD_INPUT", "id"],
    [`a ${of} there is not`, { id: ABSENT }, "NOT_FOUND", "id"],
    ["a viewer", { id: ABSENT }, "FORBIDDEN", null, Role.VIEWER],
    ["a worker", { id: ABSENT }, "FORBIDDEN", null, Role.WORKER],
  ];
  return {
    createStudy: [
      ["a viewer", study({}), "FORBIDDEN", null, Role.VIEWER],
      ["a worker", study({}), "FORBIDDEN", null, Role.WORKER],
      ["an empty name", study({ name: " " }), "BAD_INPUT", "name"],
      ["another study's name", study({ name: world.studyName }), "NAME_TAKEN", "name"],
      ["NUL in the instructions", study({ instructions: NUL }), "BAD_INPUT", "instructions"],
      ["one arm", study({ arms: [first] }), "BAD_INPUT", "arms"],
      ["two arms of a name", study({ arms: [first, { ...second, name: "arm 0" }] }), "BAD_INPUT", "arms"],
      ["an arm that is no id", study({ arms: [first, { ...second, roundId: "abc" }] }), "BAD_INPUT", "arms[1].roundId"],
      ["an arm there is not", study({ arms: [first, { ...second, roundId: ABSENT }] }), "NOT_FOUND", "arms[1].roundId"],
      ["an arm of other prompts", study({ arms: [first, { ...second, roundId }] }), "BAD_INPUT", "arms[1].roundId"],
      [
        "an arm without samples",
        study({
          arms: [
            { ...first, roundId: emptyRoundId },
            { ...second, roundId: emptyRoundId },
          ],
        }),
        "ROUND_HAS_NO_SAMPLES",
        "arms[0].roundId",
      ],
      [
        "a sample there is not",
        study({ arms: [{ ...first, k: 7 }, second] }),
        "ROUND_HAS_NO_SAMPLES",
        "arms[0].roundId",
      ],
      ["the same images twice", study({ arms: [first, { ...first, name: "again" }] }), "TOO_FEW_ITEMS", "arms"],
      ["best of K by nobody", bestOf(null), "BAD_INPUT", "arms[1].rewardModelId"],
      ["best of none", bestOf(world.trainedModelId, 0), "BAD_INPUT", "arms[1].k"],
      ["best by a model there is not", bestOf(ABSENT), "NOT_FOUND", "arms[1].rewardModelId"],
      ["best by a model that scored nothing", bestOf(world.trainedModelId), "SAMPLES_NOT_SCORED", "arms[1].roundId"],
      ["a tag of nothing", study({ promptTag: "nothing" }), "TOO_FEW_ITEMS", "promptTag"],
      ["a prompt there is not", study({ promptPositions: [0, 99] }), "TOO_FEW_ITEMS", "promptPositions"],
      ["a prompt twice", study({ promptPositions: [1, 1] }), "BAD_INPUT", "promptPositions"],
      ["more prompts than there are", study({ promptCount: 4 }), "TOO_FEW_ITEMS", "promptCount"],
      ["no votes", study({ votesPerItem: 0 }), "BAD_INPUT", "votesPerItem"],
      ["adaptive with two arms", study({ adaptive: true }), "BAD_INPUT", "adaptive"],
      ["a redirect in the open", study({ redirectUrl: "http://example.org" }), "BAD_INPUT", "redirectUrl"],
      ["a redirect that is a script", study({ redirectUrl: "javascript:alert(1)" }), "BAD_INPUT", "redirectUrl"],
      ["too many checks", study({ attentionChecks: 21 }), "BAD_INPUT", "attentionChecks"],
    ],
    updateStudy: [
      ["no id", { id: "abc", ...study({}) }, "BAD_INPUT", "id"],
      ["a study there is not", { id: ABSENT, ...study({}) }, "NOT_FOUND", "id"],
      ["an open study", { id: openStudyId, ...study({}) }, "STUDY_FROZEN", "id"],
      ["another study's name", { id: draftStudyId, ...study({ name: world.studyName }) }, "NAME_TAKEN", "name"],
      ["a viewer", { id: draftStudyId, ...study({}) }, "FORBIDDEN", null, Role.VIEWER],
    ],
    openStudy: [...byId("study"), ["a study that is open", { id: openStudyId }, "STUDY_FROZEN", "id"]],
    deleteStudy: [...byId("study"), ["a study that is open", { id: openStudyId }, "STUDY_FROZEN", "id"]],
    closeStudy: [...byId("study"), ["a draft", { id: draftStudyId }, "STUDY_NOT_OPEN", "id"]],
    createStudyLink: byId("study"),
    revokeStudyLink: byId("study"),
    previewStudy: byId("study"),
    revokeParticipant: byId("participant"),
    deleteParticipant: byId("participant"),
    recordHumanPairs: [
      ["a viewer", pairs({}), "FORBIDDEN", null, Role.VIEWER],
      ["of nothing", pairs({ studyId: ABSENT }), "NOT_FOUND", "studyId"],
      ["for a model there is not", pairs({ rewardModelId: ABSENT }), "NOT_FOUND", "rewardModelId"],
      ["for a model of other prompts", pairs({}), "BAD_INPUT", "rewardModelId"],
      ["of a completed round", pairs({ rewardModelId: world.completedModelId }), "ROUND_COMPLETED", "rewardModelId"],
      ["of minorities", pairs({ minimumShare: 0.5 }), "BAD_INPUT", "minimumShare"],
      ["of no votes", pairs({ minimumVotes: 0 }), "BAD_INPUT", "minimumVotes"],
    ],
    inviteParticipants: [
      ["a viewer", { input: { studyId: openStudyId, count: 1 } }, "FORBIDDEN", null, Role.VIEWER],
      ["nobody", { input: { studyId: openStudyId, count: 0 } }, "BAD_INPUT", "count"],
      ["a town", { input: { studyId: openStudyId, count: 501 } }, "BAD_INPUT", "count"],
      ["to nothing", { input: { studyId: ABSENT, count: 1 } }, "NOT_FOUND", "studyId"],
    ],
  };
}
