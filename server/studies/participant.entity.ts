/**
 * Words used here:
 * - participant: a volunteer, known by a token alone. An invite is a participant who has not joined yet.
 * - assignment: an item as one participant sees it: at a place of their order, with its sides, under a key that says nothing.
 * - vote: the answer to an assignment, of which there is one at most. Every submission is kept as an event, taking it back too.
 */
import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { AssignmentKind, ParticipantSource, VoteChoice } from "../../shared/enums.ts";
import { DateTime, JSONObject } from "../graphql/scalars.ts";
import { Study, StudyItem } from "./study.entity.ts";

registerEnumType(ParticipantSource, {
  name: "ParticipantSource",
  description:
    "LINK: came by the open link. INVITE: invited in person. PREVIEW: a member of the lab looking; never counted.",
});

@ObjectType({ description: "A volunteer. The token is shown once, when it is made." })
@Entity("study_participants")
@Unique(["studyId", "number"])
@Unique(["tokenHash"])
@Check("study_participants_source_check", `"source" in ('LINK','INVITE','PREVIEW')`)
@Check("study_participants_finished_check", `"finished_at" is null or "joined_at" is not null`)
export class Participant {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Column({ type: "uuid" })
  studyId!: string;

  @ManyToOne(() => Study, { onDelete: "CASCADE" })
  @JoinColumn({ name: "study_id" })
  study?: Study;

  @Field(() => Int, { description: "From 1 in each study, never given twice; what exports call the participant." })
  @Column({ type: "int" })
  number!: number;

  @Field(() => ParticipantSource)
  @Column({ type: "text" })
  source!: ParticipantSource;

  @Column({ type: "bytea" })
  tokenHash!: Buffer;

  @Field(() => JSONObject, {
    nullable: true,
    description: "A panel's ids (PROLIFIC_PID, STUDY_ID, SESSION_ID), where the study keeps them.",
  })
  @Column({ type: "jsonb", nullable: true })
  panel!: Record<string, unknown> | null;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "When they consented." })
  @Column({ type: "timestamptz", nullable: true })
  joinedAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Column({ type: "timestamptz", nullable: true })
  finishedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "The token opens nothing since then; votes stay." })
  @Column({ type: "timestamptz", nullable: true })
  revokedAt!: Date | null;
}

@Entity("study_assignments")
@Unique(["participantId", "position"])
@Unique(["participantId", "itemId", "kind"])
@Unique(["key"])
@Check("study_assignments_kind_check", `"kind" in ('PRACTICE','VOTE','REPEAT','ATTENTION')`)
@Check("study_assignments_expected_check", `("kind" = 'ATTENTION') = ("expected" is not null)`)
export class Assignment {
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Column({ type: "uuid" })
  participantId!: string;

  @ManyToOne(() => Participant, { onDelete: "CASCADE" })
  @JoinColumn({ name: "participant_id" })
  participant?: Participant;

  @Index()
  @Column({ type: "uuid" })
  itemId!: string;

  @ManyToOne(() => StudyItem, { onDelete: "CASCADE" })
  @JoinColumn({ name: "item_id" })
  item?: StudyItem;

  /** Place in the participant's order, from 0. */
  @Column({ type: "int" })
  position!: number;

  @Column({ type: "text" })
  kind!: AssignmentKind;

  /** True: arm b is on the left. */
  @Column({ type: "boolean" })
  flipped!: boolean;

  /** Of an attention check: LEFT or RIGHT. */
  @Column({ type: "text", nullable: true })
  expected!: VoteChoice | null;

  /** 128 random bits: all that the volunteer's browser knows the assignment by, and what its images are asked for with. */
  @Column({ type: "text" })
  key!: string;

  @CreateDateColumn({ type: "timestamptz" })
  assignedAt!: Date;
}

const CHOICES = `"choice" in ('LEFT','RIGHT','TIE','CANNOT_JUDGE')`;

/** What is counted: one row an assignment, so one a participant and item; none once it is taken back. */
@Entity("study_votes")
@Check("study_votes_choice_check", CHOICES)
@Check("study_votes_response_ms_check", `"response_ms" >= 0`)
export class StudyVote {
  @PrimaryColumn({ type: "uuid" })
  assignmentId!: string;

  @ManyToOne(() => Assignment, { onDelete: "CASCADE" })
  @JoinColumn({ name: "assignment_id" })
  assignment?: Assignment;

  /** As shown. */
  @Column({ type: "text" })
  choice!: VoteChoice;

  /** From the images being there to the choice. */
  @Column({ type: "int" })
  responseMs!: number;

  /** From 1; more: cast anew after an undo. */
  @Column({ type: "int", default: 1 })
  revision!: number;

  @CreateDateColumn({ type: "timestamptz" })
  castAt!: Date;
}

/** Every submission that was taken, once, by the key that the browser gave it. */
@Entity("study_vote_events")
@Check("study_vote_events_choice_check", CHOICES)
export class VoteEvent {
  @PrimaryColumn({ type: "uuid" })
  assignmentId!: string;

  @ManyToOne(() => Assignment, { onDelete: "CASCADE" })
  @JoinColumn({ name: "assignment_id" })
  assignment?: Assignment;

  @PrimaryColumn({ type: "uuid" })
  clientKey!: string;

  /** null: the vote was taken back */
  @Column({ type: "text", nullable: true })
  choice!: VoteChoice | null;

  @Column({ type: "int" })
  responseMs!: number;

  @CreateDateColumn({ type: "timestamptz" })
  receivedAt!: Date;
}
