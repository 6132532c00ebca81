import { Field, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, Entity, PrimaryColumn } from "typeorm";
import { ComputeProvider, WorkerState } from "../../shared/enums.ts";
import { DateTime } from "../graphql/scalars.ts";

registerEnumType(WorkerState, {
  name: "WorkerState",
  description: "IDLE: asks for work; BUSY: has a job; SILENT: not heard of for as long as costs a worker its job.",
});

/** A worker that asked for work, by the name it gave itself; no more than a memory of it, which nothing refers to. */
@ObjectType({ description: "A worker that was heard of in the last minutes." })
@Entity("workers")
@Check("workers_provider_check", `"provider" in ('CPU','WEBGPU','CUDA')`)
export class Worker {
  @Field(() => String, { description: "As it calls itself: host:pid. Two of one name are taken for one." })
  @PrimaryColumn({ type: "text" })
  name!: string;

  @Field(() => ComputeProvider, { nullable: true, description: "Where it computes; null: it did not say." })
  @Column({ type: "text", nullable: true })
  provider!: ComputeProvider | null;

  @Field(() => String, { nullable: true, description: "On what: the name of its GPU or CPU." })
  @Column({ type: "text", nullable: true })
  device!: string | null;

  @Field(() => DateTime, { description: "Since when it has been heard of, without a break of five minutes." })
  @Column({ type: "timestamptz", default: () => "now()" })
  since!: Date;

  @Field(() => DateTime, { description: "When it was last heard of, to a few seconds." })
  @Column({ type: "timestamptz", default: () => "now()" })
  heardAt!: Date;
}
