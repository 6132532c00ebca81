import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { ParticipantSource } from "../../shared/enums.ts";
import { parseId, parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { hashOf } from "../auth/auth.service.ts";
import type { Announcements } from "../database/notifications.ts";
import { inTransaction } from "../database/transaction.ts";
import { Participant } from "./participant.entity.ts";
import { Study } from "./study.entity.ts";
import { newToken } from "./study.service.ts";

declare module "../graphql/context.ts" {
  interface Services {
    participants: ParticipantService;
  }
}

const invitation = z.object({
  studyId: z.uuid("must be a study's id").toLowerCase(),
  count: z.number().int().min(1).max(500, "must be at most 500 at a time"),
});

/** A participant and the token that nobody is shown again. */
export interface Invite {
  participant: Participant;
  token: string;
}

/** The next participant of a study; a preview is number 0. Takes a lock of the study, so that numbers do not collide. */
export async function addParticipant(
  tx: EntityManager,
  studyId: string,
  values: { source: ParticipantSource; panel?: Record<string, unknown> | null },
): Promise<Invite> {
  const token = newToken();
  const [row]: { id: string }[] = await tx.query(
    `with counted as (
       update studies set last_participant = last_participant + case when $2 = 'PREVIEW' then 0 else 1 end where id = $1
       returning last_participant)
     insert into study_participants (study_id, number, source, token_hash, panel)
     select $1, case when $2 = 'PREVIEW' then 0 else last_participant end, $2, $3, $4 from counted returning id`,
    [studyId, values.source, hashOf(token), values.panel ? JSON.stringify(values.panel) : null],
  );
  return { participant: await tx.getRepository(Participant).findOneByOrFail({ id: row?.id }), token };
}

/** What the lab does with participants. */
export class ParticipantService {
  constructor(
    private readonly db: DataSource,
    private readonly announcements: Announcements,
  ) {}

  /** Invites people in person, before or after the study opens. @throws UserError BAD_INPUT, NOT_FOUND */
  async invite(input: unknown): Promise<{ study: Study; invites: Invite[] }> {
    const { studyId, count } = parseInput(invitation, input);
    return inTransaction(this.db, async (tx) => {
      const study = await studyOf(tx, studyId, "studyId");
      const invites: Invite[] = [];
      for (let i = 0; i < count; i++)
        invites.push(await addParticipant(tx, studyId, { source: ParticipantSource.INVITE }));
      return { study, invites };
    });
  }

  /** A way to see the study as a volunteer does, in any state. An earlier preview ends. @throws UserError NOT_FOUND */
  async preview(studyId: string): Promise<{ study: Study; token: string }> {
    const id = parseId(studyId, "id");
    return inTransaction(this.db, async (tx) => {
      const study = await studyOf(tx, id, "id");
      await tx.getRepository(Participant).delete({ studyId: id, source: ParticipantSource.PREVIEW });
      const { token } = await addParticipant(tx, id, { source: ParticipantSource.PREVIEW });
      return { study, token };
    });
  }

  /** The token opens nothing any more; votes stay. @throws UserError BAD_INPUT, NOT_FOUND */
  async revoke(participantId: string): Promise<Participant> {
    const id = parseId(participantId, "id");
    await this.db.query("update study_participants set revoked_at = coalesce(revoked_at, now()) where id = $1", [id]);
    const participant = await this.db.getRepository(Participant).findOneBy({ id });
    if (!participant) throw new UserError("NOT_FOUND", `No participant ${id}.`, "id");
    this.announce(participant.studyId);
    return participant;
  }

  /** Removes a participant with all that is known of them. @returns the study @throws UserError BAD_INPUT, NOT_FOUND */
  async remove(participantId: string): Promise<Study> {
    const id = parseId(participantId, "id");
    const participant = await this.db.getRepository(Participant).findOneBy({ id });
    if (!participant) throw new UserError("NOT_FOUND", `No participant ${id}.`, "id");
    await this.db.getRepository(Participant).delete({ id });
    this.announce(participant.studyId);
    return this.db.getRepository(Study).findOneByOrFail({ id: participant.studyId });
  }

  private announce(studyId: string): void {
    this.announcements.announce([{ topic: "studies", id: studyId, parentId: null }]);
  }
}

async function studyOf(tx: EntityManager, id: string, field: string): Promise<Study> {
  const study = await tx.getRepository(Study).findOneBy({ id });
  if (!study) throw new UserError("NOT_FOUND", `No study ${id}.`, field);
  return study;
}
