/**
 * Words used here:
 * - arm: what is compared: a round's policy, shown by one sample of each prompt, chosen by a rule.
 * - item: one prompt with the samples of two arms. What a volunteer sees of it is an assignment (`participant.entity.ts`).
 * - plan: what was decided before the first vote: design, exclusions, analysis. Opening a study freezes it under a hash.
 */
import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { ArmSelection, StudyState } from "../../shared/enums.ts";
import { DateTime, SafeInt } from "../graphql/scalars.ts";
import { Prompt, PromptSet } from "../prompts/prompt.entity.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { Sample } from "../samples/sample.entity.ts";

registerEnumType(StudyState, {
  name: "StudyState",
  description: "DRAFT may be changed; OPEN takes votes under a frozen plan; CLOSED takes none any more.",
});
registerEnumType(ArmSelection, {
  name: "ArmSelection",
  description:
    "SAMPLE: the sample k of each prompt. BEST_OF_K: the one that a reward model ranks first of its first K.",
});

@ObjectType({
  description: "A user study: volunteers say which of two images of a prompt they prefer (paper, section 4.2).",
})
@Entity("studies")
@Index("studies_words_idx", { synchronize: false })
@Unique(["name"])
@Unique(["linkHash"])
@Check("studies_state_check", `"state" in ('DRAFT','OPEN','CLOSED')`)
@Check("studies_plan_check", `("state" = 'DRAFT') = ("plan" is null) and ("plan" is null) = ("plan_sha256" is null)`)
@Check("studies_votes_per_item_check", `"votes_per_item" between 1 and 10000`)
@Check("studies_items_per_participant_check", `"items_per_participant" >= 1`)
@Check("studies_target_participants_check", `"target_participants" >= 1`)
@Check("studies_checks_check", `"attention_checks" between 0 and 20 and "repeats" between 0 and 20`)
@Check("studies_exclusions_check", `"min_response_ms" between 0 and 60000 and "attention_failures" between 0 and 20`)
@Check("studies_redirect_check", `"redirect_url" ~ '^https://'`)
export class Study {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Field(() => String, { description: "Unique. Volunteers never see it." })
  @Column({ type: "text" })
  name!: string;

  @Index()
  @Column({ type: "uuid" })
  promptSetId!: string;

  @ManyToOne(() => PromptSet, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "prompt_set_id" })
  promptSet?: PromptSet;

  @Field(() => String, { description: "Asked above every pair." })
  @Column({ type: "text" })
  question!: string;

  @Field(() => String, { description: "Markdown, shown with the consent before the first pair." })
  @Column({ type: "text", default: "" })
  instructions!: string;

  @Field(() => String, { nullable: true, description: "Only prompts with this tag; null: any." })
  @Column({ type: "text", nullable: true })
  promptTag!: string | null;

  @Field(() => [Int], { nullable: true, description: "These prompts and no others; null: not chosen by position." })
  @Column({ type: "int", array: true, nullable: true })
  promptPositions!: number[] | null;

  @Field(() => Int, { nullable: true, description: "So many of them, at random by the seed; null: all." })
  @Column({ type: "int", nullable: true })
  promptCount!: number | null;

  @Field(() => SafeInt, { description: "Chooses prompts, orders and sides." })
  @Column({ type: "bigint" })
  seed!: number;

  @Field(() => Int, { description: "Votes wanted of each item." })
  @Column({ type: "int" })
  votesPerItem!: number;

  @Field(() => Int, { nullable: true, description: "Items a participant votes on at most; null: on every one." })
  @Column({ type: "int", nullable: true })
  itemsPerParticipant!: number | null;

  @Field(() => Int, { nullable: true, description: "The open link lets nobody in once so many have finished." })
  @Column({ type: "int", nullable: true })
  targetParticipants!: number | null;

  @Field(() => Boolean)
  @Column({ type: "boolean" })
  allowTies!: boolean;

  @Field(() => Boolean)
  @Column({ type: "boolean" })
  allowCannotJudge!: boolean;

  @Field(() => Boolean, { description: "Votes go to the pairs of arms whose order is least certain." })
  @Column({ type: "boolean" })
  adaptive!: boolean;

  @Field(() => Boolean, { description: "Whether a first item is for practice; it never counts." })
  @Column({ type: "boolean" })
  practice!: boolean;

  @Field(() => Int, { description: "Items that say which side to choose, for each participant." })
  @Column({ type: "int" })
  attentionChecks!: number;

  @Field(() => Int, {
    description: "Items shown a second time with the sides turned, for each participant; they never count as votes.",
  })
  @Column({ type: "int" })
  repeats!: number;

  @Field(() => Int, { description: "Excludes votes given faster, ms." })
  @Column({ type: "int" })
  minResponseMs!: number;

  @Field(() => Int, { description: "Excludes participants who failed more attention checks." })
  @Column({ type: "int" })
  attentionFailures!: number;

  @Field(() => String, { nullable: true, description: "Shown to participants who have finished." })
  @Column({ type: "text", nullable: true })
  completionCode!: string | null;

  @Field(() => String, { nullable: true, description: "Where participants who have finished may go on; https." })
  @Column({ type: "text", nullable: true })
  redirectUrl!: string | null;

  @Field(() => Boolean, {
    description: "Whether a panel's ids of participants (Prolific's URL parameters) are kept. They are told.",
  })
  @Column({ type: "boolean" })
  keepPanelIds!: boolean;

  @Field(() => StudyState)
  @Column({ type: "text", default: StudyState.DRAFT })
  state!: StudyState;

  @Field(() => String, { nullable: true, description: "The frozen plan as canonical JSON; null for a draft." })
  @Column({ type: "text", nullable: true })
  plan!: string | null;

  @Field(() => String, { nullable: true, description: "SHA-256 of the plan's bytes." })
  @Column({ type: "text", nullable: true })
  planSha256!: string | null;

  /** SHA-256 of the open link's token; null: there is no open link. */
  @Column({ type: "bytea", nullable: true })
  linkHash!: Buffer | null;

  @Field(() => DateTime, { nullable: true, description: "When the open link was made; null: there is none." })
  @Column({ type: "timestamptz", nullable: true })
  linkCreatedAt!: Date | null;

  /** The number given last: what is deleted leaves its number behind. */
  @Column({ type: "int", default: 0 })
  lastParticipant!: number;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true })
  @Column({ type: "timestamptz", nullable: true })
  openedAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Column({ type: "timestamptz", nullable: true })
  closedAt!: Date | null;
}

@ObjectType({ description: "What a study compares: a round's policy, by one sample of each prompt." })
@Entity("study_arms")
@Unique(["studyId", "position"])
@Unique(["studyId", "name"])
@Check(
  "study_arms_selection_check",
  `("selection" = 'SAMPLE' and "k" is not null and "reward_model_id" is null) or ("selection" = 'BEST_OF_K' and "reward_model_id" is not null)`,
)
@Check("study_arms_k_check", `"k" >= 0`)
export class StudyArm {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Column({ type: "uuid" })
  studyId!: string;

  @ManyToOne(() => Study, { onDelete: "CASCADE" })
  @JoinColumn({ name: "study_id" })
  study?: Study;

  @Field(() => Int, { description: "From 0." })
  @Column({ type: "int" })
  position!: number;

  @Field(() => String, { description: "For the analysis; volunteers never see it." })
  @Column({ type: "text" })
  name!: string;

  @Index()
  @Column({ type: "uuid" })
  roundId!: string;

  @ManyToOne(() => Round, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "round_id" })
  round?: Round;

  @Field(() => ArmSelection)
  @Column({ type: "text" })
  selection!: ArmSelection;

  @Field(() => Int, {
    nullable: true,
    description: "SAMPLE: which sample, from 0. BEST_OF_K: K; null: all of a prompt's.",
  })
  @Column({ type: "int", nullable: true })
  k!: number | null;

  @Index()
  @Column({ type: "uuid", nullable: true })
  rewardModelId!: string | null;

  @ManyToOne(() => RewardModel, { onDelete: "RESTRICT", nullable: true })
  @JoinColumn({ name: "reward_model_id" })
  rewardModel?: RewardModel | null;
}

/** (prompt, arm a, arm b): what is voted on. Sides are an assignment's. */
@Entity("study_items")
@Unique(["studyId", "position"])
@Unique(["studyId", "promptId", "armA", "armB", "practice"])
@Check("study_items_arms_check", `"arm_a" < "arm_b" and "arm_a" >= 0`)
export class StudyItem {
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Column({ type: "uuid" })
  studyId!: string;

  @ManyToOne(() => Study, { onDelete: "CASCADE" })
  @JoinColumn({ name: "study_id" })
  study?: Study;

  @Column({ type: "int" })
  position!: number;

  /** For trying out; its votes never count. */
  @Column({ type: "boolean" })
  practice!: boolean;

  @Index()
  @Column({ type: "uuid" })
  promptId!: string;

  @ManyToOne(() => Prompt, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "prompt_id" })
  prompt?: Prompt;

  /** Position of an arm. */
  @Column({ type: "int" })
  armA!: number;

  @Column({ type: "int" })
  armB!: number;

  @Index()
  @Column({ type: "uuid" })
  sampleAId!: string;

  @ManyToOne(() => Sample, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "sample_a_id" })
  sampleA?: Sample;

  @Index()
  @Column({ type: "uuid" })
  sampleBId!: string;

  @ManyToOne(() => Sample, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "sample_b_id" })
  sampleB?: Sample;
}
