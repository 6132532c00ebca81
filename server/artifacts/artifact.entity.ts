import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, PrimaryColumn } from "typeorm";
import { ArtifactKind } from "../../shared/enums.ts";
import { DateTime, SafeInt } from "../graphql/scalars.ts";

registerEnumType(ArtifactKind, { name: "ArtifactKind", description: "What an artifact's bytes are." });

/**
 * Bytes by SHA-256. A row exists only after the bytes are durable in the store; neither is ever overwritten. A foreign key
 * to here keeps an artifact if it is RESTRICT or NO ACTION; what CASCADE or SET NULL points from is derived, and goes with it.
 */
@ObjectType({ description: "Immutable bytes, addressed by their SHA-256. Download: /artifacts/<sha256>." })
@Entity("artifacts")
@Check("artifacts_sha256_check", `"sha256" ~ '^[0-9a-f]{64}$'`)
@Check("artifacts_byte_size_check", `"byte_size" >= 0`)
@Check("artifacts_frames_check", `"frames" >= 1`)
export class Artifact {
  @Field(() => ID)
  @PrimaryColumn({ type: "text" })
  sha256!: string;

  @Field(() => ArtifactKind)
  @Column({ type: "text" })
  kind!: ArtifactKind;

  @Field(() => String)
  @Column({ type: "text" })
  mediaType!: string;

  @Field(() => SafeInt, { description: "Bytes." })
  @Column({ type: "bigint" })
  byteSize!: number;

  @Field(() => Int, { nullable: true, description: "Pixels; null when not an image." })
  @Column({ type: "int", nullable: true })
  width!: number | null;

  @Field(() => Int, { nullable: true, description: "Pixels; null when not an image." })
  @Column({ type: "int", nullable: true })
  height!: number | null;

  @Field(() => Int, { nullable: true, description: "1: a still, more: a clip; null where it is not known." })
  @Column({ type: "int", nullable: true })
  frames!: number | null;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;

  /** When the bytes were last sent. Nothing is collected until its time of grace after this is over. */
  @Column({ type: "timestamptz", default: () => "now()" })
  uploadedAt!: Date;
}

/**
 * Bytes that may be in the store without a row in `artifacts`: of an upload on its way, or of an artifact that was
 * collected and whose bytes are still to be removed.
 */
@Entity("stray_blobs")
@Check("stray_blobs_byte_size_check", `"byte_size" >= 0`)
export class StrayBlob {
  @PrimaryColumn({ type: "text" })
  sha256!: string;

  @Column({ type: "bigint" })
  byteSize!: number;

  @Column({ type: "timestamptz", default: () => "now()" })
  since!: Date;
}
