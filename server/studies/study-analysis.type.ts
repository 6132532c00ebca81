/** The analysis of a study as GraphQL has it. */
import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import type { ScorerAgreement as ScorerAgreementResult } from "./scorer-agreement.ts";
import type { StudyAnalysis as StudyAnalysisResult } from "./study-analysis.service.ts";
import type { PairResult as PairResultRow } from "./study-analysis.ts";
import type { ItemResult as ItemResultRow, ParticipantResult as ParticipantResultRow } from "./study-breakdown.ts";

@ObjectType({ simpleResolvers: true, description: "95%." })
class StudyInterval {
  @Field(() => Float)
  low!: number;
  @Field(() => Float)
  high!: number;
}

@ObjectType({
  simpleResolvers: true,
  description: "95%, by a two-way cluster bootstrap over participants and prompts.",
})
class ClusteredInterval extends StudyInterval {
  @Field(() => Float, { description: "Standard error of the rate." })
  se!: number;
  @Field(() => Float, { description: "By how much votes being alike multiplies the variance, at least 1." })
  designEffect!: number;
}

@ObjectType({
  simpleResolvers: true,
  description: "How often something was so, with Wilson's interval; nulls where n is 0.",
})
class StudyShare {
  @Field(() => Int)
  count!: number;
  @Field(() => Int)
  n!: number;
  @Field(() => Float, { nullable: true })
  share!: number | null;
  @Field(() => Float, { nullable: true })
  low!: number | null;
  @Field(() => Float, { nullable: true })
  high!: number | null;
}

@ObjectType({ simpleResolvers: true, description: "How often the left image was chosen, of left and right." })
class SideShare extends StudyShare {
  @Field(() => Float, { nullable: true, description: "Two-sided exact binomial against a half." })
  p!: number | null;
}

@ObjectType({
  simpleResolvers: true,
  description: "What participants, taken one by one, prefer: each by their majority.",
})
class ParticipantTest {
  @Field(() => Int)
  favourable!: number;
  @Field(() => Int)
  unfavourable!: number;
  @Field(() => Int, { description: "As many votes for the one as for the other; left out of the test." })
  even!: number;
  @Field(() => Float, { description: "Two-sided exact binomial against a half." })
  p!: number;
}

@ObjectType({ simpleResolvers: true, description: "Two arms of a study compared." })
class StudyPairResult implements PairResultRow {
  @Field(() => Int, { description: "Position of the arm whose win rate it is: the later one." })
  arm!: number;
  @Field(() => Int, { description: "Position of the other arm." })
  against!: number;
  @Field(() => Int, { description: "Votes that judge, ties among them." })
  votes!: number;
  @Field(() => Int)
  wins!: number;
  @Field(() => Int)
  losses!: number;
  @Field(() => Int)
  ties!: number;
  @Field(() => Int, { description: "In no other number." })
  cannotJudge!: number;
  @Field(() => Float, { nullable: true, description: "Wins, a tie counting half, over votes." })
  rate!: number | null;
  @Field(() => StudyInterval, {
    nullable: true,
    description: "Wilson's, of wins among wins and losses, as if all votes were unrelated: too narrow.",
  })
  wilson!: StudyInterval | null;
  @Field(() => ClusteredInterval, { nullable: true })
  clustered!: ClusteredInterval | null;
  @Field(() => Float, {
    nullable: true,
    description: "Two-sided exact binomial over wins and losses as if all votes were unrelated: too small.",
  })
  naiveP!: number | null;
  @Field(() => ParticipantTest)
  participants!: ParticipantTest;
  @Field(() => Int, {
    nullable: true,
    description:
      "Votes in all that would settle, at 5% and in four studies of five, that the rate differs from a half if it is what it seems. Null: none would.",
  })
  votesToSettle!: number | null;
}

@ObjectType({
  simpleResolvers: true,
  description: "Log-strength of an arm (Bradley-Terry, Davidson with ties); all sum to 0.",
})
class ArmStrength {
  @Field(() => Float)
  value!: number;
  @Field(() => Float, { description: "Clustered by participant." })
  se!: number;
  @Field(() => Float, { description: "95%." })
  low!: number;
  @Field(() => Float)
  high!: number;
}

@ObjectType({ simpleResolvers: true })
class ArmStrengths {
  @Field(() => [ArmStrength], { nullable: true, description: "In order of the arms; null while they are not finite." })
  strengths!: ArmStrength[] | null;
  @Field(() => String, { nullable: true, description: "Why there are none yet." })
  problem!: string | null;
}

@ObjectType({ simpleResolvers: true, description: "Fleiss' kappa over the arms and ties." })
class FleissKappa {
  @Field(() => Float, { nullable: true, description: "Null where every vote is the same." })
  kappa!: number | null;
  @Field(() => Float, { description: "Share of agreeing pairs of votes." })
  observed!: number;
  @Field(() => Float, { description: "As chance alone would have it." })
  expected!: number;
  @Field(() => Int, { description: "Items with two votes at least." })
  items!: number;
}

@ObjectType({ simpleResolvers: true, description: "Whether participants agree with each other, beyond chance." })
class StudyAgreement {
  @Field(() => FleissKappa, { nullable: true })
  fleiss!: FleissKappa | null;
  @Field(() => Float, { nullable: true, description: "Krippendorff's alpha, nominal." })
  krippendorff!: number | null;
}

@ObjectType({ simpleResolvers: true })
class CalibrationBin {
  @Field(() => Float, { description: "Mean predicted probability." })
  predicted!: number;
  @Field(() => Float, { description: "Share of votes that agree." })
  observed!: number;
  @Field(() => Int)
  n!: number;
}

@ObjectType({ simpleResolvers: true, description: "P(a over b) = sigma(logit a - logit b) against the votes." })
class PreferenceCalibration {
  @Field(() => [CalibrationBin], { description: "Tenths that hold votes." })
  bins!: CalibrationBin[];
  @Field(() => Float, { description: "Mean squared error, 0 to 1; 0.25 of one that always says a half." })
  brier!: number;
  @Field(() => Float, { description: "Expected calibration error." })
  error!: number;
}

@ObjectType({ simpleResolvers: true, description: "Whether a reward model or metric prefers what people prefer." })
class ScorerAgreement implements ScorerAgreementResult {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
  @Field(() => Boolean, { description: "Or else a metric of single samples." })
  rewardModel!: boolean;
  @Field(() => Int, { description: "About pairs of which it has scored both; ties left out." })
  votes!: number;
  @Field(() => Int)
  items!: number;
  @Field(() => Float, { description: "Share of votes for the image it scores better; equal scores count half." })
  accuracy!: number;
  @Field(() => StudyInterval, { description: "Two-way clustered." })
  interval!: StudyInterval;
  @Field(() => Float, { nullable: true, description: "Of items by their majority; even ones are left out." })
  itemAccuracy!: number | null;
  @Field(() => PreferenceCalibration, { nullable: true, description: "Of reward models." })
  calibration!: PreferenceCalibration | null;
}

@ObjectType({ simpleResolvers: true, description: "One item's votes." })
class StudyItemResult implements ItemResultRow {
  @Field(() => ID)
  itemId!: string;
  @Field(() => Int)
  promptPosition!: number;
  @Field(() => String)
  prompt!: string;
  @Field(() => Int, { description: "Position of the later arm." })
  arm!: number;
  @Field(() => Int)
  against!: number;
  @Field(() => Int)
  wins!: number;
  @Field(() => Int)
  losses!: number;
  @Field(() => Int)
  ties!: number;
  @Field(() => Int)
  cannotJudge!: number;
}

@ObjectType({ simpleResolvers: true, description: "One participant's votes, excluded or not." })
class StudyParticipantResult implements ParticipantResultRow {
  @Field(() => Int, { description: "Number in the study." })
  participant!: number;
  @Field(() => Int)
  votes!: number;
  @Field(() => Float, { nullable: true, description: "Share of votes for the later arm, ties counting half." })
  rate!: number | null;
  @Field(() => Float, { nullable: true })
  leftShare!: number | null;
  @Field(() => Float, { nullable: true })
  medianMs!: number | null;
  @Field(() => Int)
  attentionChecks!: number;
  @Field(() => Int)
  attentionFailures!: number;
  @Field(() => Int)
  repeats!: number;
  @Field(() => Int, { description: "Repeated pairs that got the same answer." })
  repeatsSame!: number;
  @Field(() => Boolean, { description: "Whether the plan leaves them out." })
  excluded!: boolean;
}

@ObjectType({ simpleResolvers: true, description: "What the plan leaves out." })
class StudyExclusions {
  @Field(() => Int, { description: "Who failed too many attention checks." })
  participants!: number;
  @Field(() => Int, { description: "Votes of theirs." })
  ofParticipants!: number;
  @Field(() => Int, { description: "Votes of others that were too fast." })
  tooFast!: number;
}

@ObjectType({ simpleResolvers: true })
class ResponseTimes {
  @Field(() => Float, { nullable: true, description: "Lower quartile, ms." })
  lower!: number | null;
  @Field(() => Float, { nullable: true })
  median!: number | null;
  @Field(() => Float, { nullable: true, description: "Upper quartile." })
  upper!: number | null;
}

@ObjectType({ simpleResolvers: true, description: "All that the votes so far say, by the rules of the plan." })
export class StudyAnalysis implements StudyAnalysisResult {
  @Field(() => Boolean, { description: "Whether the plan's exclusions were applied." })
  exclusions!: boolean;
  @Field(() => Int, { description: "On items, ties and CANNOT_JUDGE among them." })
  votes!: number;
  @Field(() => Int)
  participants!: number;
  @Field(() => StudyExclusions)
  excluded!: StudyExclusions;
  @Field(() => [StudyPairResult], { description: "Every pair of arms. No correction for many comparisons." })
  pairs!: StudyPairResult[];
  @Field(() => ArmStrengths, { nullable: true, description: "Of more than two arms." })
  strengths!: ArmStrengths | null;
  @Field(() => StudyAgreement)
  agreement!: StudyAgreement;
  @Field(() => SideShare)
  side!: SideShare;
  @Field(() => StudyShare, { description: "Repeated pairs that got the same answer." })
  repeats!: StudyShare;
  @Field(() => ResponseTimes)
  responseMs!: ResponseTimes;
  @Field(() => [ScorerAgreement], { description: "Everything that has scored both images of some pair." })
  scorers!: ScorerAgreement[];
  @Field(() => [StudyItemResult], { description: "By prompt and pair of arms." })
  items!: StudyItemResult[];
  @Field(() => [StudyParticipantResult], { description: "Everybody who has voted, excluded or not." })
  byParticipant!: StudyParticipantResult[];
}
