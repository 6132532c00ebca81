import { Field, ID, ObjectType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { Experiment } from "../experiments/experiment.entity.ts";
import { DateTime } from "../graphql/scalars.ts";

/** What lets somebody without an account look at one experiment. Only the SHA-256 of its secret is kept. */
@ObjectType({ description: "A read-only link to one experiment, for somebody without an account." })
@Entity("share_links")
@Unique(["tokenHash"])
@Check("share_links_expiry_check", `"expires_at" > "created_at"`)
export class ShareLink {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Field(() => ID)
  @Index()
  @Column({ type: "uuid" })
  experimentId!: string;

  @ManyToOne(() => Experiment, { onDelete: "CASCADE" })
  @JoinColumn({ name: "experiment_id" })
  experiment?: Experiment;

  @Column({ type: "bytea" })
  tokenHash!: Buffer;

  @Field(() => String, { description: "Whom it is for, as its maker wrote." })
  @Column({ type: "text" })
  name!: string;

  @Field(() => String, { description: "Who made it." })
  @Column({ type: "text" })
  createdBy!: string;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;

  @Field(() => DateTime)
  @Column({ type: "timestamptz" })
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "Accurate to a minute; null: nobody has opened it." })
  @Column({ type: "timestamptz", nullable: true })
  lastUsedAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Column({ type: "timestamptz", nullable: true })
  revokedAt!: Date | null;
}
