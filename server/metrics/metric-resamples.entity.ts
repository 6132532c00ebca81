import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { MetricPoint } from "./metric.entity.ts";

/**
 * What a metric of a set of samples was in each draw of its bootstrap. Two rounds whose prompts were drawn alike are compared draw by
 * draw: what is hard in a prompt cancels, as it does where single samples' values are compared prompt by prompt.
 */
@Entity("metric_resamples")
export class MetricResamples {
  @PrimaryColumn({ type: "uuid" })
  seriesId!: string;

  @PrimaryColumn({ type: "int" })
  step!: number;

  @ManyToOne(() => MetricPoint, { onDelete: "CASCADE" })
  @JoinColumn([
    { name: "series_id", referencedColumnName: "seriesId" },
    { name: "step", referencedColumnName: "step" },
  ])
  point?: MetricPoint;

  /** Digest of which prompts were drawn from and how: draws of equal digests are the same draws. */
  @Column({ type: "text" })
  draws!: string;

  /** in order of the draws */
  @Column({ type: "double precision", array: true })
  values!: number[];
}
