import { createHash } from "node:crypto";
import { canonicalJson } from "../../shared/canonical-json.ts";
import type { StudyMaterial } from "./study-items.ts";
import type { StudyRequest } from "./study-request.ts";

/** How the votes will be read; stated before the first of them. `study-analysis.ts` does what this says. */
const ANALYSIS = {
  winRate: "wins of an arm over all its votes, a tie counting half, votes of CANNOT_JUDGE left out",
  wilson: "95%, ties left out",
  interval: "95%, two-way cluster bootstrap over participants and prompts, 1000 resamples, seed 0",
  exactTest: "two-sided exact binomial against 1/2, votes (ties left out)",
  participantTest:
    "two-sided exact binomial against 1/2, each participant's majority among the two arms; participants who are even are left out",
  strengths:
    "Bradley-Terry, Davidson's model where there are ties, errors clustered by participant (more than two arms)",
  agreement: "Fleiss' kappa and Krippendorff's alpha (nominal) over A, B and tie",
  repeats: "never counted as votes; their share of equal answers is reported",
  practice: "never counted",
  multipleComparisons: "not corrected",
};

/** The frozen plan: canonical JSON, and the SHA-256 of its bytes in hex. */
export function planOf(request: StudyRequest, material: StudyMaterial): { plan: string; planSha256: string } {
  const { arms, name: _name, completionCode, redirectUrl, targetParticipants, ...asked } = request;
  const { minResponseMs, attentionFailures, question, instructions, ...design } = asked;
  const plan = canonicalJson({
    version: 1,
    question,
    instructions,
    design: {
      ...design,
      arms,
      promptSetId: material.promptSetId,
      identicalPairsLeftOut: material.identical,
      items: material.items.map(({ practice, promptPosition, armA, armB, sampleA, sampleB }) => ({
        practice,
        promptPosition,
        armA,
        armB,
        imageA: sampleA.artifactSha256,
        imageB: sampleB.artifactSha256,
      })),
      assignment:
        "the item with the fewest votes, at random among these; a pair of arms and a prompt that the participant has seen least first; the side that the item and the participant had least, at random where even",
    },
    exclusions: {
      votes: `response times under ${minResponseMs} ms`,
      participants: `more than ${attentionFailures} attention checks failed`,
      minResponseMs,
      attentionFailures,
    },
    analysis: ANALYSIS,
  });
  return { plan, planSha256: createHash("sha256").update(plan).digest("hex") };
}
