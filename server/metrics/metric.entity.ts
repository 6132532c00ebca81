import { Field, Float, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { MetricDirection, MetricSubject } from "../../shared/enums.ts";
import { DateTime, JSONObject } from "../graphql/scalars.ts";

registerEnumType(MetricSubject, {
  name: "MetricSubject",
  description:
    "What a metric is about. RANK_SLICE: the samples that a reward model ranked r-th, across prompts; subjectId is the model's, step is r.",
});
registerEnumType(MetricDirection, { name: "MetricDirection", description: "Which way is better." });

/** All values of one metric of one subject, computed one way: two series share an axis only if their provenance is equal. */
@ObjectType({ description: "A metric of one subject, computed in one way (its provenance), over steps." })
@Entity("metric_series")
@Unique(["subjectId", "name", "provenanceKey", "subject"])
@Check(
  "metric_series_subject_check",
  `"subject" in ('EXPERIMENT','ROUND','POLICY','REWARD_MODEL','RANK_SLICE','ABLATION_CELL')`,
)
@Check("metric_series_direction_check", `"direction" in ('HIGHER','LOWER')`)
export class MetricSeries {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Field(() => MetricSubject)
  @Column({ type: "text" })
  subject!: MetricSubject;

  @Field(() => ID)
  @Column({ type: "uuid" })
  subjectId!: string;

  @Field(() => String)
  @Column({ type: "text" })
  name!: string;

  @Field(() => MetricDirection)
  @Column({ type: "text" })
  direction!: MetricDirection;

  @Field(() => JSONObject, { description: "What computed it: model, sha256, preprocessing, code version." })
  @Column({ type: "jsonb", default: {} })
  provenance!: Record<string, unknown>;

  /** SHA-256 of the canonical provenance, so that equality is an index read. */
  @Column({ type: "text" })
  provenanceKey!: string;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}

@ObjectType({ description: "One value of a metric." })
@Entity("metric_points")
export class MetricPoint {
  @PrimaryColumn({ type: "uuid" })
  seriesId!: string;

  @ManyToOne(() => MetricSeries, { onDelete: "CASCADE" })
  @JoinColumn({ name: "series_id" })
  series?: MetricSeries;

  @Field(() => Int, {
    description: "Training step, number of samples measured, or rank; 0 for a single value.",
  })
  @PrimaryColumn({ type: "int" })
  step!: number;

  @Field(() => Float)
  @Column({ type: "double precision" })
  value!: number;

  @Field(() => Int, { nullable: true, description: "Observations behind the value." })
  @Column({ type: "int", nullable: true })
  n!: number | null;

  @Field(() => Float, { nullable: true, description: "Lower end of the 95% interval." })
  @Column({ type: "double precision", nullable: true })
  low!: number | null;

  @Field(() => Float, { nullable: true, description: "Upper end of the 95% interval." })
  @Column({ type: "double precision", nullable: true })
  high!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "About what the finite number of samples adds to the value, as a bootstrap finds it: of a Frechet distance, the same for sets of one size. Null where it was not estimated.",
  })
  @Column({ type: "double precision", nullable: true })
  bias!: number | null;
}

/** A number somebody else published. Never mixed with what was measured here; never changed once imported. */
@ObjectType({ description: "A published number (read-only), such as a cell of the paper's tables." })
@Entity("reference_results")
@Unique(["source", "table", "row", "column"])
@Index("reference_results_by_metric_idx", ["column"])
export class ReferenceResult {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Field(() => String, { description: "The publication." })
  @Column({ type: "text" })
  source!: string;

  @Field(() => String, { description: "The table, such as table1_image_quality." })
  @Column({ type: "text" })
  table!: string;

  @Field(() => String, { description: "The row, such as SD1.5 / Ours-DPO." })
  @Column({ type: "text" })
  row!: string;

  @Field(() => String, { description: "The column: a metric, or a condition such as K=10." })
  @Column({ type: "text" })
  column!: string;

  @Field(() => Float)
  @Column({ type: "double precision" })
  value!: number;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}
