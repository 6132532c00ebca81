import { Field, ID, Int, ObjectType } from "type-graphql";
import { Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { DateTime } from "../graphql/scalars.ts";

/** A named, ordered list of prompts. */
@ObjectType({ description: "A named, ordered list of prompts (JourneyDB, VidProM, CoProV2, a lab's own)." })
@Entity("prompt_sets")
@Unique(["name"])
export class PromptSet {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Field(() => String)
  @Column({ type: "text" })
  name!: string;

  @Field(() => String, { description: "Where the prompts come from." })
  @Column({ type: "text", default: "" })
  source!: string;

  @Field(() => Int)
  @Column({ type: "int", default: 0 })
  promptCount!: number;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: "One prompt of a prompt set." })
@Entity("prompts")
@Index("prompts_words_idx", { synchronize: false })
@Unique(["promptSetId", "position"])
export class Prompt {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Column({ type: "uuid" })
  promptSetId!: string;

  @ManyToOne(() => PromptSet, { onDelete: "CASCADE" })
  @JoinColumn({ name: "prompt_set_id" })
  promptSet?: PromptSet;

  @Field(() => Int, { description: "0-based place in the set." })
  @Column({ type: "int" })
  position!: number;

  @Field(() => String)
  @Column({ type: "text" })
  text!: string;

  @Field(() => [String])
  @Column({ type: "text", array: true, default: "{}" })
  tags!: string[];
}
