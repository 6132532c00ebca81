import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { ProxySplit } from "../../shared/enums.ts";
import { Artifact } from "../artifacts/artifact.entity.ts";
import { DateTime } from "../graphql/scalars.ts";

registerEnumType(ProxySplit, {
  name: "ProxySplit",
  description: "TRAIN items are positives; HELD_OUT items are only ever measured against.",
});

/** Preference Proxy Data D_p: unpaired examples of what the lab wants (section 3.1). */
@ObjectType({ description: "Preference Proxy Data: unpaired examples of what the lab wants (paper, section 3.1)." })
@Entity("proxy_sets")
@Unique(["name"])
export class ProxySet {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Field(() => String)
  @Column({ type: "text" })
  name!: string;

  @Field(() => String, { description: "Where the examples come from." })
  @Column({ type: "text", default: "" })
  source!: string;

  @Field(() => String, { description: "Licence of the examples (SPDX where there is one)." })
  @Column({ type: "text", default: "" })
  licence!: string;

  @Field(() => Int)
  @Column({ type: "int", default: 0 })
  trainCount!: number;

  @Field(() => Int)
  @Column({ type: "int", default: 0 })
  heldOutCount!: number;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}

@ObjectType({ description: "One example of a proxy set." })
@Entity("proxy_items")
@Unique(["proxySetId", "artifactSha256"])
@Check("proxy_items_split_check", `"split" in ('TRAIN','HELD_OUT')`)
export class ProxyItem {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Column({ type: "uuid" })
  proxySetId!: string;

  @ManyToOne(() => ProxySet, { onDelete: "CASCADE" })
  @JoinColumn({ name: "proxy_set_id" })
  proxySet?: ProxySet;

  @Index()
  @Column({ type: "text" })
  artifactSha256!: string;

  @ManyToOne(() => Artifact, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "artifact_sha256" })
  artifact?: Artifact;

  @Field(() => ProxySplit)
  @Column({ type: "text" })
  split!: ProxySplit;

  @Field(() => String, { description: "The file's name where it came from." })
  @Column({ type: "text", default: "" })
  fileName!: string;

  @Field(() => String, { nullable: true, description: "What it shows, where known." })
  @Column({ type: "text", nullable: true })
  prompt!: string | null;
}
