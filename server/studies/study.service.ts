import { randomBytes } from "node:crypto";
import type { DataSource, EntityManager } from "typeorm";
import { StudyState } from "../../shared/enums.ts";
import { parseId, parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { hashOf } from "../auth/auth.service.ts";
import type { Announcements } from "../database/notifications.ts";
import { inTransaction, orNameTaken } from "../database/transaction.ts";
import { keysetPage, type Page, type PageArgs, selectOf } from "../graphql/connection.ts";
import { Study, StudyArm } from "./study.entity.ts";
import { gatherMaterial, type StudyMaterial, storeItems } from "./study-items.ts";
import { planOf } from "./study-plan.ts";
import { type StudyRequest, studyRequest } from "./study-request.ts";

declare module "../graphql/context.ts" {
  interface Services {
    studies: StudyService;
  }
}

/** A token nobody can guess: 192 random bits, short enough for a link. */
export const newToken = (): string => randomBytes(24).toString("base64url");

/** What can happen to a study as a whole. */
export class StudyService {
  constructor(
    private readonly db: DataSource,
    private readonly announcements: Announcements,
  ) {}

  /** @throws UserError BAD_INPUT, NOT_FOUND, NAME_TAKEN, ROUND_HAS_NO_SAMPLES, SAMPLES_NOT_SCORED, TOO_FEW_ITEMS */
  async create(input: unknown): Promise<Study> {
    const request = parseInput(studyRequest, input);
    return this.changed(async (tx) => {
      const material = await gatherMaterial(tx, request);
      const inserted = await tx
        .getRepository(Study)
        .insert(columnsOf(request, material))
        .catch(orNameTaken("A study", request.name));
      const id: string = inserted.identifiers[0]?.id;
      await storeDesign(tx, id, request, material);
      return id;
    });
  }

  /** Puts a draft in order anew: what is left out takes its default again. @throws as `create`, and STUDY_FROZEN */
  async update(studyId: string, input: unknown): Promise<Study> {
    const id = parseId(studyId, "id");
    const request = parseInput(studyRequest, input);
    return this.changed(async (tx) => {
      await draft(tx, id);
      const material = await gatherMaterial(tx, request);
      await tx
        .getRepository(Study)
        .update({ id }, columnsOf(request, material))
        .catch(orNameTaken("A study", request.name));
      await storeDesign(tx, id, request, material);
      return id;
    });
  }

  /**
   * Freezes the plan and lets volunteers in. Which sample stands for an arm is decided here, by the ranks there are now.
   * @throws UserError NOT_FOUND, STUDY_FROZEN (it was opened before), and as `create`
   */
  async open(studyId: string): Promise<Study> {
    const id = parseId(studyId, "id");
    return this.changed(async (tx) => {
      const study = await draft(tx, id);
      const arms = await tx.getRepository(StudyArm).find({ where: { studyId: id }, order: { position: "ASC" } });
      const request: StudyRequest = { ...study, arms };
      const parsed = parseInput(studyRequest, request);
      const material = await gatherMaterial(tx, parsed);
      await storeDesign(tx, id, parsed, material);
      const openedAt = new Date();
      await tx.getRepository(Study).update({ id }, { ...planOf(parsed, material), state: StudyState.OPEN, openedAt });
      return id;
    });
  }

  /** No vote is taken from now on. Repeating it changes nothing. @throws UserError NOT_FOUND, STUDY_NOT_OPEN */
  async close(studyId: string): Promise<Study> {
    const id = parseId(studyId, "id");
    return this.changed(async (tx) => {
      const study = await locked(tx, id);
      if (study.state === StudyState.DRAFT)
        throw new UserError("STUDY_NOT_OPEN", `Study "${study.name}" was never opened.`, "id");
      if (study.state === StudyState.OPEN)
        await tx.getRepository(Study).update({ id }, { state: StudyState.CLOSED, closedAt: new Date() });
      return id;
    });
  }

  /**
   * Removes a draft with its invites and previews. What was opened stays: people were asked, and its plan's hash stands for it.
   * @throws UserError NOT_FOUND, STUDY_FROZEN
   */
  async remove(studyId: string): Promise<string> {
    const id = parseId(studyId, "id");
    await inTransaction(this.db, async (tx) => {
      await draft(tx, id);
      await tx.getRepository(Study).delete({ id });
    });
    this.announcements.announce([{ topic: "studies", id, parentId: null }]);
    return id;
  }

  /** Makes the open link; an earlier one opens nothing any more. @returns its token, which is kept nowhere */
  async createLink(studyId: string): Promise<{ study: Study; token: string }> {
    const token = newToken();
    const link = { linkHash: hashOf(token), linkCreatedAt: new Date() };
    return { study: await this.setLink(studyId, link), token };
  }

  revokeLink(studyId: string): Promise<Study> {
    return this.setLink(studyId, { linkHash: null, linkCreatedAt: null });
  }

  list(args: PageArgs): Promise<Page<Study>> {
    return keysetPage(
      this.db.manager,
      {
        select: selectOf(this.db.manager, Study, "s"),
        from: "studies s",
        ordering: { name: "studies", columns: [{ sql: "s.id", type: "uuid" }], descending: true },
      },
      args,
    );
  }

  private async setLink(studyId: string, link: Pick<Study, "linkHash" | "linkCreatedAt">): Promise<Study> {
    const id = parseId(studyId, "id");
    return this.changed(async (tx) => {
      await locked(tx, id);
      await tx.getRepository(Study).update({ id }, link);
      return id;
    });
  }

  private async changed(work: (tx: EntityManager) => Promise<string>): Promise<Study> {
    const study = await inTransaction(this.db, async (tx) =>
      tx.getRepository(Study).findOneByOrFail({ id: await work(tx) }),
    );
    this.announcements.announce([{ topic: "studies", id: study.id, parentId: null }]);
    return study;
  }
}

/** A study, locked to the end of `tx`. @throws UserError NOT_FOUND */
async function locked(tx: EntityManager, id: string): Promise<Study> {
  const study = await tx.getRepository(Study).findOne({ where: { id }, lock: { mode: "pessimistic_write" } });
  if (!study) throw new UserError("NOT_FOUND", `No study ${id}.`, "id");
  return study;
}

/** @throws UserError NOT_FOUND, STUDY_FROZEN */
async function draft(tx: EntityManager, id: string): Promise<Study> {
  const study = await locked(tx, id);
  if (study.state !== StudyState.DRAFT)
    throw new UserError("STUDY_FROZEN", `Study "${study.name}" was opened and stays as it is; make another one.`, "id");
  return study;
}

function columnsOf({ arms: _arms, ...columns }: StudyRequest, { promptSetId }: StudyMaterial) {
  return { ...columns, promptSetId };
}

/** Arms and items as they are now. Whoever looked at a preview looks at what is no more. */
async function storeDesign(
  tx: EntityManager,
  studyId: string,
  { arms }: StudyRequest,
  { items }: StudyMaterial,
): Promise<void> {
  await tx.query("delete from study_participants where study_id = $1 and source = 'PREVIEW'", [studyId]);
  await tx.getRepository(StudyArm).delete({ studyId });
  await tx.getRepository(StudyArm).insert(
    arms.map(({ name, roundId, selection, k, rewardModelId }, position) => ({
      ...{ studyId, position, name, roundId },
      ...{ selection, k, rewardModelId },
    })),
  );
  await storeItems(tx, studyId, items);
}
