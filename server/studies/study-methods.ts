/** A paragraph for a paper's methods and results, its numbers filled in from the plan and the votes. Pure. */
import { percent, percentWithInterval, pValue } from "../../shared/format/number.ts";
import type { Study } from "./study.entity.ts";
import type { StudyAnalysis } from "./study-analysis.service.ts";
import type { PairResult } from "./study-analysis.ts";

const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

const equals = (p: number): string => (p < 0.0001 ? ` ${pValue(p)}` : ` = ${pValue(p)}`);

/** @param arms names, in order   @param prompts asked about */
export function methodsParagraph(
  study: Study,
  analysis: StudyAnalysis,
  { arms, prompts }: { arms: readonly string[]; prompts: number },
): string {
  return [...design(study, analysis, { arms, prompts }), ...results(study, analysis, arms)].join(" ");
}

function design(
  study: Study,
  { votes, participants, excluded }: StudyAnalysis,
  { arms, prompts }: { arms: readonly string[]; prompts: number },
): string[] {
  const chosen = study.promptCount ? `, randomly selected (seed ${study.seed}),` : "";
  const options = [study.allowTies && "ties", study.allowCannotJudge && "“cannot judge”"].filter(Boolean);
  const checks = [
    study.attentionChecks > 0 && plural(study.attentionChecks, "attention check"),
    study.repeats > 0 && plural(study.repeats, "repeated pair"),
  ].filter(Boolean);
  return [
    `${plural(participants, "volunteer")} compared images of ${arms.map((name) => `“${name}”`).join(", ")} for ${plural(prompts, "prompt")}${chosen} two at a time, and were asked: “${study.question}”.`,
    `Which arm was on which side and the order of pairs were randomised and balanced for each participant; ${options.length > 0 ? `${options.join(" and ")} could be answered` : "one of the two had to be chosen"}${checks.length > 0 ? `; each participant was given ${checks.join(" and ")}` : ""}.`,
    `As planned beforehand (plan ${study.planSha256?.slice(0, 16) ?? "not frozen yet"}), votes faster than ${study.minResponseMs} ms${study.attentionChecks > 0 ? ` and participants who failed more than ${plural(study.attentionFailures, "attention check")}` : ""} were excluded (${plural(excluded.tooFast, "vote")}, ${plural(excluded.participants, "participant")}), which left ${plural(votes, "vote")}.`,
  ];
}

function results(study: Study, { pairs, agreement, side }: StudyAnalysis, arms: readonly string[]): string[] {
  const kappa = agreement.fleiss?.kappa;
  return [
    ...pairs.flatMap((pair) => pairSentence(pair, arms, study.allowTies)),
    ...(kappa == null
      ? []
      : [
          `Agreement among participants was Fleiss' κ = ${kappa.toFixed(2)}${agreement.krippendorff === null ? "" : `, Krippendorff's α = ${agreement.krippendorff.toFixed(2)}`}.`,
        ]),
    ...(side.share === null
      ? []
      : [`The left image was chosen in ${percent(side.share)} of votes (p${equals(side.p ?? 1)}).`]),
  ];
}

function pairSentence(
  { arm, against, rate, clustered, wins, losses, participants, naiveP }: PairResult,
  arms: readonly string[],
  ties: boolean,
): string[] {
  if (rate === null || clustered === null || naiveP === null) return [];
  const { favourable, unfavourable, p } = participants;
  return [
    `“${arms[arm]}” was preferred to “${arms[against]}” in ${percentWithInterval(rate, clustered.low, clustered.high)} of votes${ties ? ", ties counting half" : ""} (95% interval by a two-way cluster bootstrap over participants and prompts), and by ${favourable} of the ${plural(favourable + unfavourable, "participant")} who leaned either way (exact binomial p${equals(p)}; taking all ${wins + losses} decided votes as independent, p${equals(naiveP)}).`,
  ];
}
