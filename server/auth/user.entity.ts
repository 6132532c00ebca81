import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { Check, Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { Role } from "../../shared/enums.ts";
import { DateTime } from "../graphql/scalars.ts";

registerEnumType(Role, {
  name: "Role",
  description: "Who may do what. ADMIN includes MEMBER, MEMBER includes VIEWER; WORKER only runs jobs.",
});

/** A named person or machine. Tokens and sessions are theirs. */
@ObjectType({ description: "A person or machine that uses the lab." })
@Entity("users")
@Unique(["name"])
@Check("users_role_check", `"role" in ('ADMIN','MEMBER','VIEWER','WORKER')`)
export class User {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Field(() => String, { description: "Unique, shown beside what they did." })
  @Column({ type: "text" })
  name!: string;

  @Field(() => Role)
  @Column({ type: "text" })
  role!: Role;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;
}

/** A bearer token. Only its SHA-256 is kept: the token itself is shown once, when it is made. */
@ObjectType({ description: "An API token. The secret is shown once, when it is created." })
@Entity("api_tokens")
@Unique(["tokenHash"])
@Check("api_tokens_role_check", `"role" in ('ADMIN','MEMBER','VIEWER','WORKER')`)
export class ApiToken {
  @Field(() => ID)
  @PrimaryColumn({ type: "uuid", default: () => "uuidv7()" })
  id!: string;

  @Index()
  @Column({ type: "uuid" })
  userId!: string;

  @ManyToOne(() => User, { onDelete: "CASCADE" })
  @JoinColumn({ name: "user_id" })
  user?: User;

  @Field(() => String, { description: "What the token is for." })
  @Column({ type: "text" })
  name!: string;

  @Field(() => Role)
  @Column({ type: "text" })
  role!: Role;

  @Field(() => String, { description: "First characters of the secret, to recognise it by." })
  @Column({ type: "text" })
  prefix!: string;

  @Column({ type: "bytea" })
  tokenHash!: Buffer;

  @Field(() => DateTime)
  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "Null: does not expire." })
  @Column({ type: "timestamptz", nullable: true })
  expiresAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "Accurate to a minute." })
  @Column({ type: "timestamptz", nullable: true })
  lastUsedAt!: Date | null;

  @Field(() => DateTime, { nullable: true })
  @Column({ type: "timestamptz", nullable: true })
  revokedAt!: Date | null;
}

/** A browser session, opened with a token and ended with it. Its cookie's SHA-256 is the key. */
@Entity("sessions")
export class Session {
  @PrimaryColumn({ type: "bytea" })
  cookieHash!: Buffer;

  @Index()
  @Column({ type: "uuid" })
  tokenId!: string;

  @ManyToOne(() => ApiToken, { onDelete: "CASCADE" })
  @JoinColumn({ name: "token_id" })
  token?: ApiToken;

  @CreateDateColumn({ type: "timestamptz" })
  createdAt!: Date;

  @Column({ type: "timestamptz" })
  expiresAt!: Date;
}
