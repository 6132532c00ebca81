import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { PolicyOrigin } from "../../shared/enums.ts";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { DateTime, JSONObject } from "../graphql/scalars.ts";
import { Job } from "../jobs/job.entity.ts";

registerEnumType(PolicyOrigin, { name: "PolicyOrigin", description: "How a policy came to be." });

/** A generator checkpoint G^t. Lineage is a tree by `parent`. */
@ObjectType({ description: "A generator checkpoint G^t." })
@Entity("policies")
@Index("policies_words_idx", { synchronize: false })
@Unique(["name"])
@Check("policies_origin_check", `"origin" in ('BASE','SFT','DPO','IMPORTED')`)
@Check("policies_parent_check", `"parent_id" is distinct from "id"`)
@Check("policies_source_check", `"weights_sha256" is null or "folder" is null`)
export class Policy {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Field(() => String)
  @Column({ type: "text" })
  name!: string;

  @Index()
  @Column({ type: "uuid", nullable: true })
  parentId!: string | null;

  @ManyToOne(() => Policy, { onDelete: "RESTRICT", nullable: true })
  @JoinColumn({ name: "parent_id" })
  parent?: Policy | null;

  @Field(() => PolicyOrigin)
  @Column({ type: "text" })
  origin!: PolicyOrigin;

  @Field(() => String, { description: "What generates: a model's name and version, or where its outputs come from." })
  @Column({ type: "text", default: "" })
  generator!: string;

  @Field(() => JSONObject, { description: "Settings that made it." })
  @Column({ type: "jsonb", default: {} })
  config!: Record<string, unknown>;

  /** Null while it is trained, and where the lab does not draw with it. */
  @Index()
  @Column({ type: "text", nullable: true })
  weightsSha256!: string | null;

  @ManyToOne(() => Artifact, { onDelete: "RESTRICT", nullable: true })
  @JoinColumn({ name: "weights_sha256" })
  weights?: Artifact | null;

  @Field(() => String, {
    nullable: true,
    description: "A model in diffusers' folder layout on the workers, as a path below GANRM_POLICIES_DIR.",
  })
  @Column({ type: "text", nullable: true })
  folder!: string | null;

  /** The job that trains it. */
  @Index()
  @Column({ type: "uuid", nullable: true })
  jobId!: string | null;

  @ManyToOne(() => Job, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "job_id" })
  job?: Job | null;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}
