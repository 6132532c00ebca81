import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from "type-graphql";
import { Role } from "../../shared/enums.ts";
import { pageKey } from "../graphql/child-pages.ts";
import { connectionOf, PageArgs } from "../graphql/connection.ts";
import type { RequestContext } from "../graphql/context.ts";
import { DateTime } from "../graphql/scalars.ts";
import { Participant } from "./participant.entity.ts";
import { Study } from "./study.entity.ts";
import { participantsByStudy, progressByParticipant } from "./study.loader.ts";

const ParticipantConnection = connectionOf(Participant, "Participant");

@InputType()
class InviteParticipantsInput {
  @Field(() => ID)
  studyId!: string;
  @Field(() => Int, { description: "1 to 500." })
  count!: number;
}

@ObjectType()
class Invite {
  @Field(() => Participant)
  participant!: Participant;
  @Field(() => String, { description: "Shown this once: the link is /vote/<token>." })
  token!: string;
}

@ObjectType()
class InviteParticipantsPayload {
  @Field(() => Study)
  study!: Study;
  @Field(() => [Invite])
  invites!: Invite[];
}

@ObjectType()
class PreviewStudyPayload {
  @Field(() => Study)
  study!: Study;
  @Field(() => String, { description: "Shown this once: the link is /vote/<token>. Nothing done there counts." })
  token!: string;
}

@ObjectType()
class RevokeParticipantPayload {
  @Field(() => Participant)
  participant!: Participant;
}

@ObjectType()
class DeleteParticipantPayload {
  @Field(() => Study)
  study!: Study;
}

@ObjectType({ simpleResolvers: true, description: "What a participant has done." })
class ParticipantProgress {
  @Field(() => Int, { description: "Votes on items; practice, checks and repeats are none." })
  votes!: number;
  @Field(() => Int, { description: "Answered ones." })
  attentionChecks!: number;
  @Field(() => Int)
  attentionFailures!: number;
  @Field(() => DateTime, { nullable: true })
  lastVoteAt!: Date | null;
}

@Resolver(() => Study)
export class StudyParticipantsResolver {
  @Authorized(Role.MEMBER)
  @Mutation(() => InviteParticipantsPayload, {
    description: "Makes personal links: unguessable, for this study alone, revocable; only their hashes are kept.",
  })
  inviteParticipants(
    @Arg("input", () => InviteParticipantsInput) input: InviteParticipantsInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.participants.invite(input);
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => PreviewStudyPayload, {
    description: "A link that shows the study as volunteers see it, in any state. An earlier preview ends.",
  })
  previewStudy(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return services.participants.preview(id);
  }

  @FieldResolver(() => ParticipantConnection, { description: "Newest first." })
  participants(@Root() study: Study, @Args(() => PageArgs) args: PageArgs, @Ctx() { loaders }: RequestContext) {
    return loaders.load(participantsByStudy, pageKey(study.id, args));
  }
}

@Resolver(() => Participant)
export class ParticipantResolver {
  @Authorized(Role.MEMBER)
  @Mutation(() => RevokeParticipantPayload, { description: "Their link opens nothing any more; their votes stay." })
  async revokeParticipant(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return { participant: await services.participants.revoke(id) };
  }

  @Authorized(Role.MEMBER)
  @Mutation(() => DeleteParticipantPayload, {
    description: "Removes a participant with all that is known of them, votes too.",
  })
  async deleteParticipant(@Arg("id", () => ID) id: string, @Ctx() { services }: RequestContext) {
    return { study: await services.participants.remove(id) };
  }

  @FieldResolver(() => ParticipantProgress)
  progress(@Root() participant: Participant, @Ctx() { loaders }: RequestContext) {
    return loaders.load(progressByParticipant, participant.id);
  }
}
