import { randomBytes } from "node:crypto";
import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { type Ballot, type BallotItem, type BallotItems, FULL_STUDY, type VoteResult } from "../../shared/ballot.ts";
import { AssignmentKind, ParticipantSource, StudyState, VoteChoice } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { RandomStream } from "../../shared/random.ts";
import { UserError } from "../../shared/user-error.ts";
import { hashOf } from "../auth/auth.service.ts";
import { GroupCommit } from "../database/group-commit.ts";
import type { Announcements } from "../database/notifications.ts";
import { prepared } from "../database/prepared.ts";
import { inTransaction } from "../database/transaction.ts";
import { adaptiveWeights, type Tally } from "./adaptive-weights.ts";
import { type Given, type ItemState, type Next, nextAssignments, type ParticipantPlan, slotsOf } from "./assignment.ts";
import {
  BALLOT,
  GIVEN,
  HAS_ROOM,
  IMAGE,
  INSERT_ASSIGNMENTS,
  ITEM_STATES,
  LINKED_BALLOT,
  PRACTICE_ITEM,
  RENEW,
  TAKE_BACK,
  TALLIES,
  VOTE,
} from "./ballot.sql.ts";
import { Participant } from "./participant.entity.ts";
import { addParticipant } from "./participant.service.ts";
import type { Study } from "./study.entity.ts";

declare module "../graphql/context.ts" {
  interface Services {
    ballots: BallotService;
  }
}

/** Pairs that a browser holds in advance: what it can go on with while it is offline. */
const AHEAD = 8;
/** Minutes that a pair handed out is kept for who has it; then others may get it. */
const WAIT_MINUTES = 30;
const PRACTICE_STREAM = 73;

const panelIds = z
  .object({ PROLIFIC_PID: z.string().max(100), STUDY_ID: z.string().max(100), SESSION_ID: z.string().max(100) })
  .partial();
const joining = z.object({ link: z.string().min(1).max(100), panel: panelIds.nullish() });
const voting = z.object({
  votes: z
    .array(
      z.object({
        key: z.uuid("must be a UUID of this submission"),
        item: z.string().min(1).max(100),
        choice: z.enum(VoteChoice).nullable(),
        responseMs: z.number().int().min(0).max(86_400_000),
      }),
    )
    .min(1, "must hold a vote")
    .max(50, "must hold at most 50 votes"),
});
type Vote = z.output<typeof voting>["votes"][number];

/** A participant with what their study asks. */
interface BallotRow
  extends Pick<Participant, "number" | "source" | "joinedAt" | "finishedAt">,
    Pick<
      Study,
      | "state"
      | "question"
      | "instructions"
      | "allowTies"
      | "allowCannotJudge"
      | "practice"
      | "adaptive"
      | "seed"
      | "votesPerItem"
      | "targetParticipants"
      | "itemsPerParticipant"
      | "attentionChecks"
      | "repeats"
      | "completionCode"
      | "redirectUrl"
      | "keepPanelIds"
    > {
  participantId: string;
  studyId: string;
  itemCount: number;
}

interface GivenRow extends Given {
  participantId: string;
  key: string;
  expected: VoteChoice | null;
  prompt: string;
  choice: VoteChoice | null;
}

/** All that a volunteer can do. Every method takes the token that alone says who they are. */
export class BallotService {
  /** By study. Two hundred people who begin at once would otherwise hold every connection, each waiting for the study's lock. */
  private readonly handOuts = new GroupCommit<BallotRow, undefined>({
    maxRows: 100,
    rowsOf: () => 1,
    write: async (rows) => {
      await inTransaction(this.db, (tx) => this.handOut(tx, rows));
      return rows.map(() => undefined);
    },
  });

  constructor(
    private readonly db: DataSource,
    private readonly announcements: Announcements,
  ) {}

  /**
   * Lets somebody in by the open link. @returns the token that is theirs from now on
   * @throws UserError BAD_INPUT, NOT_FOUND (no such link), STUDY_NOT_OPEN (not open, or full)
   */
  async join(input: unknown): Promise<{ token: string }> {
    const { link, panel } = parseInput(joining, input);
    return inTransaction(this.db, async (tx) => {
      const [row]: BallotRow[] = await tx.query(prepared(LINKED_BALLOT), [hashOf(link)]);
      if (!row)
        throw new UserError("NOT_FOUND", "This link leads nowhere: it was mistyped, or is no longer used.", "link");
      if (row.state !== StudyState.OPEN) throw notOpen(row.state);
      if (await isFull(tx, row)) throw full();
      const kept = row.keepPanelIds && panel && Object.keys(panel).length > 0 ? panel : null;
      return { token: (await addParticipant(tx, row.studyId, { source: ParticipantSource.LINK, panel: kept })).token };
    });
  }

  /** What the page shows first, to a participant or to who has the open link. @throws UserError NOT_FOUND */
  async open(token: string): Promise<Ballot> {
    const hash = hashOf(token);
    const [own]: BallotRow[] = await this.db.query(prepared(BALLOT), [hash]);
    const [row = nowhere()]: BallotRow[] = own ? [own] : await this.db.query(prepared(LINKED_BALLOT), [hash]);
    return {
      question: row.question,
      instructions: row.instructions,
      allowTies: row.allowTies,
      allowCannotJudge: row.allowCannotJudge,
      practice: row.practice,
      keepsPanelIds: row.keepPanelIds && row.source === ParticipantSource.LINK,
      link: own === undefined,
      preview: row.source === ParticipantSource.PREVIEW,
      state: await this.stateOf(row),
      pairs: slotsOf(planOf(row)).length,
    };
  }

  /**
   * Records that the participant agreed, once pairs are theirs: who would get none is told so, and takes no part.
   * @throws UserError NOT_FOUND, STUDY_NOT_OPEN (not open, or full)
   */
  async consent(token: string): Promise<BallotItems> {
    const row = await this.ballotOf(this.db.manager, token);
    if (!takesVotes(row)) throw notOpen(row.state);
    if (!row.joinedAt) {
      await this.handOuts.submit(row.studyId, row);
      if ((await givenTo(this.db.manager, [row])).length === 0) throw full();
    }
    await this.db.query("update study_participants set joined_at = coalesce(joined_at, now()) where id = $1", [
      row.participantId,
    ]);
    return this.items(token);
  }

  /**
   * The pairs in front of the participant, new ones among them while there are any; none are left when they have finished.
   * @throws UserError NOT_FOUND, STUDY_NOT_OPEN (before consent too)
   */
  async items(token: string): Promise<BallotItems> {
    const row = await this.ballotOf(this.db.manager, token);
    if (!row.joinedAt) throw new UserError("STUDY_NOT_OPEN", "Agree to take part first.");
    let given = await givenTo(this.db.manager, [row]);
    if (takesVotes(row) && !row.finishedAt) {
      const held = given.filter(({ choice }) => choice === null).length;
      if (held >= AHEAD) await this.db.query(RENEW, [[row.participantId]]);
      else {
        await this.handOuts.submit(row.studyId, row);
        given = await givenTo(this.db.manager, [row]);
      }
      if (given.every(({ choice }) => choice !== null)) row.finishedAt = await this.finish(row);
    }
    return itemsView(row, given);
  }

  /**
   * Takes votes, in order, or takes them back. Each is stored once however often it is sent, and refused alone.
   * @throws UserError BAD_INPUT, NOT_FOUND
   */
  async vote(token: string, input: unknown): Promise<VoteResult[]> {
    const { votes } = parseInput(voting, input);
    const results: VoteResult[] = [];
    for (const vote of votes) results.push(await this.take(hashOf(token), vote));
    return results;
  }

  /** Forgets the participant and their votes. @throws UserError NOT_FOUND */
  async withdraw(token: string): Promise<void> {
    const { participantId, studyId } = await this.ballotOf(this.db.manager, token);
    await this.db.getRepository(Participant).delete({ id: participantId });
    this.announce(studyId);
  }

  /** The artifact that a side of an assignment shows; null for an unknown or revoked key. */
  async image(key: string, left: boolean): Promise<string | null> {
    const [row]: { sha256: string }[] = await this.db.query(prepared(IMAGE), [key, left]);
    return row?.sha256 ?? null;
  }

  private async stateOf(row: BallotRow): Promise<Ballot["state"]> {
    if (row.finishedAt) return "FINISHED";
    if (!takesVotes(row)) return row.state === StudyState.DRAFT ? "NOT_OPEN" : "CLOSED";
    if (row.joinedAt) return "VOTING";
    return (await isFull(this.db.manager, row)) ? "FULL" : "INVITED";
  }

  private async ballotOf(db: EntityManager, token: string): Promise<BallotRow> {
    const [row]: BallotRow[] = await db.query(prepared(BALLOT), [hashOf(token)]);
    if (!row)
      throw new UserError("NOT_FOUND", "This link leads nowhere: it was mistyped, or is no longer used.", "token");
    return row;
  }

  /**
   * New pairs for everybody who asks at about the same time, where there are any: the items are counted once for all of them,
   * under the study's lock.
   */
  private async handOut(tx: EntityManager, rows: readonly BallotRow[]): Promise<void> {
    const [{ studyId, adaptive } = nowhere()] = rows;
    await tx.query("select 1 from studies where id = $1 for no key update", [studyId]);
    await tx.query(RENEW, [rows.map(({ participantId }) => participantId)]);
    const given = Map.groupBy(await givenTo(tx, rows), ({ participantId }) => participantId);
    const items: ItemState[] = await tx.query(prepared(ITEM_STATES), [studyId, WAIT_MINUTES]);
    const tallies: Tally[] | null = adaptive ? await tx.query(TALLIES, [studyId]) : null;
    const weightOf = tallies ? adaptiveWeights(1 + Math.max(...items.map(({ armB }) => armB)), tallies) : undefined;
    const [practice]: { id: string }[] = await tx.query(PRACTICE_ITEM, [studyId]);
    const made: NewAssignment[] = [];
    // Two devices of one participant are one asking.
    for (const row of new Map(rows.map((one) => [one.participantId, one])).values()) {
      const own = given.get(row.participantId) ?? [];
      const next = nextOf(row, own, { items, weightOf, practiceId: practice?.id });
      made.push(...next.map((one, i) => ({ ...one, participantId: row.participantId, position: own.length + i })));
    }
    if (made.length > 0) await insertAssignments(tx, made);
  }

  private async finish({ participantId, studyId }: BallotRow): Promise<Date> {
    const finishedAt = new Date();
    await this.db.query("update study_participants set finished_at = coalesce(finished_at, $2) where id = $1", [
      participantId,
      finishedAt,
    ]);
    this.announce(studyId);
    return finishedAt;
  }

  private async take(tokenHash: Buffer, vote: Vote): Promise<VoteResult> {
    const { key, item, choice, responseMs } = vote;
    const [row]: VoteRow[] =
      choice === null
        ? await this.db.query(TAKE_BACK, [tokenHash, item, key])
        : await this.db.query(prepared(VOTE), [tokenHash, item, key, choice, responseMs]);
    if (!row) return { key, code: "NOT_FOUND" };
    if (row.stored > 0) this.announce(row.studyId);
    else if (!row.known) {
      if (!row.open) return { key, code: "STUDY_NOT_OPEN" };
      if (!row.offered) return { key, code: "BAD_INPUT" };
      if (row.passed) return { key, code: "CONFLICT" };
      // Neither: its other copy is being stored at this moment, or there was no vote to take back.
    }
    return { key, code: null };
  }

  private announce(studyId: string): void {
    this.announcements.announce([{ topic: "studies", id: studyId, parentId: null }]);
  }
}

function nowhere(): never {
  throw new UserError("NOT_FOUND", "This link leads nowhere: it was mistyped, or is no longer used.", "token");
}

interface VoteRow {
  studyId: string;
  open: boolean;
  offered: boolean;
  passed: boolean;
  known: boolean;
  stored: number;
}

const givenTo = (db: EntityManager, rows: readonly BallotRow[]): Promise<GivenRow[]> =>
  db.query(prepared(GIVEN), [rows.map(({ participantId }) => participantId)]);

type NewAssignment = Next & { participantId: string; position: number };

/**
 * What a participant gets on top of what they have; nobody gets the practice alone. Counts it in `items`, unless they only look.
 */
function nextOf(
  row: BallotRow,
  given: readonly GivenRow[],
  study: { items: ItemState[]; weightOf?: (item: ItemState) => number; practiceId?: string },
): Next[] {
  const { items, weightOf, practiceId } = study;
  const room = AHEAD - given.filter(({ choice }) => choice === null).length;
  const first: Next[] =
    practiceId && row.practice && given.length === 0
      ? [{ itemId: practiceId, kind: AssignmentKind.PRACTICE, flipped: practiceSide(row) }]
      : [];
  const preview = row.source === ParticipantSource.PREVIEW;
  const next = nextAssignments(
    given.filter(({ kind }) => kind !== AssignmentKind.PRACTICE),
    preview ? items.map((item) => ({ ...item, taken: 0 })) : items,
    { plan: planOf(row), count: room - first.length, votesPerItem: row.votesPerItem, weightOf },
  );
  return room > 0 && next.length > 0 ? [...first, ...next] : [];
}

const practiceSide = ({ seed, number }: BallotRow): boolean =>
  new RandomStream(seed, PRACTICE_STREAM, number).uniform() < 0.5;

async function insertAssignments(tx: EntityManager, made: readonly NewAssignment[]): Promise<void> {
  const column = <T>(pick: (one: NewAssignment) => T) => made.map(pick);
  // What an attention check asks for is as random as its sides.
  const expected = ({ kind, flipped }: Next) =>
    kind === AssignmentKind.ATTENTION ? (flipped ? VoteChoice.LEFT : VoteChoice.RIGHT) : null;
  await tx.query(INSERT_ASSIGNMENTS, [
    column(({ participantId }) => participantId),
    column(({ position }) => position),
    column(({ itemId }) => itemId),
    column(({ kind }) => kind),
    column(({ flipped }) => flipped),
    column(expected),
    column(() => randomBytes(16).toString("base64url")),
  ]);
}

const planOf = (row: BallotRow): ParticipantPlan => ({
  votes: Math.min(row.itemsPerParticipant ?? row.itemCount, row.itemCount),
  attentionChecks: row.attentionChecks,
  repeats: row.repeats,
  seed: row.seed,
  participant: row.number,
});

const takesVotes = ({ state, source }: BallotRow): boolean =>
  state === StudyState.OPEN || source === ParticipantSource.PREVIEW;

/**
 * Whether somebody who has not begun would be asked nothing: every item has its votes, given or promised. By the open link also
 * once as many people as were wanted have finished.
 */
async function isFull(db: EntityManager, row: BallotRow): Promise<boolean> {
  if (row.source === ParticipantSource.PREVIEW) return false;
  if (row.source === ParticipantSource.LINK && row.targetParticipants !== null) {
    const [{ n }] = await db.query(
      "select count(*)::int as n from study_participants where study_id = $1 and finished_at is not null and source <> 'PREVIEW'",
      [row.studyId],
    );
    if (n >= row.targetParticipants) return true;
  }
  const [{ room }] = await db.query(prepared(HAS_ROOM), [row.studyId, WAIT_MINUTES]);
  return !room;
}

function full(): UserError {
  return new UserError("STUDY_NOT_OPEN", FULL_STUDY);
}

function notOpen(state: StudyState): UserError {
  return new UserError(
    "STUDY_NOT_OPEN",
    state === StudyState.DRAFT ? "This study has not begun yet." : "This study is over. Thank you for coming.",
  );
}

function itemView({ key, prompt, kind, expected }: GivenRow): BallotItem {
  const side = expected === VoteChoice.LEFT ? "left" : "right";
  return {
    key,
    prompt:
      kind === AssignmentKind.ATTENTION
        ? `Attention check: please choose the image on the ${side}, whatever the images show.`
        : prompt,
    left: `/ballots/images/${key}/1`,
    right: `/ballots/images/${key}/2`,
    practice: kind === AssignmentKind.PRACTICE,
  };
}

function itemsView(row: BallotRow, given: readonly GivenRow[]): BallotItems {
  const voted = given.filter(({ choice }) => choice !== null);
  const last = voted.at(-1);
  const finished = row.finishedAt !== null;
  return {
    items: takesVotes(row) ? given.filter(({ choice }) => choice === null).map(itemView) : [],
    last: last?.choice && takesVotes(row) ? { item: itemView(last), choice: last.choice } : null,
    voted: voted.length,
    total: finished ? voted.length : Math.max(given.length, slotsOf(planOf(row)).length + (row.practice ? 1 : 0)),
    finished,
    completionCode: finished ? row.completionCode : null,
    redirectUrl: finished ? row.redirectUrl : null,
  };
}
