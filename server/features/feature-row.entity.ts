/**
 * Words used here:
 * - features: the 2D numbers that an encoder makes of an image, raw, before any reward model.
 * - encoder key: names all that fixes them (model file, version, preprocessing), so equal keys mean equal features.
 * - feature matrix: a safetensors artifact with the features of some hundred images, a row each.
 */
import { Field, ID, Int, ObjectType } from "type-graphql";
import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from "typeorm";
import { Artifact } from "../artifacts/artifact.entity.ts";

/** Where the features of an image lie. It goes with its image; a matrix stays as long as a row of it is named here. */
@ObjectType({ description: "Where the features of one image, made by one encoder, are kept." })
@Entity("feature_rows")
@Check("feature_rows_encoder_key_check", `"encoder_key" ~ '^[0-9a-f]{64}$'`)
@Check("feature_rows_row_check", `"row" >= 0`)
@Index("feature_rows_matrix_sha256_idx", ["matrixSha256"])
export class FeatureRow {
  @Field(() => ID)
  @PrimaryColumn({ type: "text" })
  imageSha256!: string;

  @ManyToOne(() => Artifact, { onDelete: "CASCADE" })
  @JoinColumn({ name: "image_sha256" })
  image?: Artifact;

  @PrimaryColumn({ type: "text" })
  encoderKey!: string;

  @Field(() => ID, { description: "Safetensors artifact with the tensor `features` [n, 2D], float32." })
  @Column({ type: "text" })
  matrixSha256!: string;

  @ManyToOne(() => Artifact, { onDelete: "RESTRICT" })
  @JoinColumn({ name: "matrix_sha256" })
  matrix?: Artifact;

  @Field(() => Int, { description: "Row of the matrix, from 0." })
  @Column({ type: "int" })
  row!: number;
}
