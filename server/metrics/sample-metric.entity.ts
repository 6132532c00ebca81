import { Field, ID, ObjectType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { MetricDirection } from "../../shared/enums.ts";
import { DateTime, JSONObject } from "../graphql/scalars.ts";
import { Round } from "../rounds/round.entity.ts";
import { Sample } from "../samples/sample.entity.ts";

/** One metric of the samples of a round, computed one way. */
@ObjectType({ description: "A metric of single samples of a round, computed in one way (its provenance)." })
@Entity("sample_metric_series")
@Unique(["roundId", "name", "provenanceKey"])
@Check("sample_metric_series_direction_check", `"direction" in ('HIGHER','LOWER')`)
export class SampleMetricSeries {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Column({ type: "uuid" })
  roundId!: string;

  @ManyToOne(() => Round, { onDelete: "CASCADE" })
  @JoinColumn({ name: "round_id" })
  round?: Round;

  @Field(() => String, { description: "The metric, such as CLIPScore." })
  @Column({ type: "text" })
  name!: string;

  @Field(() => MetricDirection)
  @Column({ type: "text" })
  direction!: MetricDirection;

  @Field(() => JSONObject, { description: "What computed it: model, sha256, preprocessing, formula." })
  @Column({ type: "jsonb", default: {} })
  provenance!: Record<string, unknown>;

  /** SHA-256 of the canonical provenance, so that equality is an index read. */
  @Column({ type: "text" })
  provenanceKey!: string;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}

/** The value of one sample. Once recorded it never changes. */
@Entity("sample_metric_values")
@Check("sample_metric_values_value_check", `"value" > '-Infinity' and "value" < 'Infinity'`)
export class SampleMetricValue {
  @PrimaryColumn({ type: "uuid" })
  seriesId!: string;

  @ManyToOne(() => SampleMetricSeries, { onDelete: "CASCADE" })
  @JoinColumn({ name: "series_id" })
  series?: SampleMetricSeries;

  @Index()
  @PrimaryColumn({ type: "uuid" })
  sampleId!: string;

  @ManyToOne(() => Sample, { onDelete: "CASCADE" })
  @JoinColumn({ name: "sample_id" })
  sample?: Sample;

  @Column({ type: "double precision" })
  value!: number;
}
