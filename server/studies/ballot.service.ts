import { randomBytes } from "node:crypto";
import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import type { Ballot, BallotItem, BallotItems, VoteResult } from "../../shared/ballot.ts";
import { AssignmentKind, ParticipantSource, StudyState, VoteChoice } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { RandomStream } from "../../shared/random.ts";
import { UserError } from "../../shared/user-error.ts";
import type { Announcements } from "../database/notifications.ts";
import { prepared } from "../database/prepared.ts";
import { inTransaction } from "../database/transaction.ts";
import { adaptiveWeights, type Tally } from "./adaptive-weights.ts";
import { type Given, type ItemState, type Next, nextAssignments, type ParticipantPlan, slotsOf } from "./assignment.ts";
import { BALLOT, GIVEN, IMAGE, INSERT_ASSIGNMENTS, ITEM_STATES, LINKED_BALLOT, TALLIES, VOTE } from "./ballot.sql.ts";
import { Participant } from "./participant.entity.ts";
import { addParticipant } from "./participant.service.ts";
import { Study } from "./study.entity.ts";
import { hashOfToken } from "./study.service.ts";

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
        choice: z.enum(VoteChoice),
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
  id: string;
  key: string;
  expected: VoteChoice | null;
  prompt: string;
  choice: VoteChoice | null;
}

/** All that a volunteer can do. Every method takes the token that alone says who they are. */
export class BallotService {
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
      const study = await tx.getRepository(Study).findOneBy({ linkHash: hashOfToken(link) });
      if (!study)
        throw new UserError("NOT_FOUND", "This link leads nowhere: it was mistyped, or is no longer used.", "link");
      if (study.state !== StudyState.OPEN) throw notOpen(study.state);
      const finished = await tx.query(
        "select count(*)::int as n from study_participants where study_id = $1 and finished_at is not null and source <> 'PREVIEW'",
        [study.id],
      );
      if (study.targetParticipants !== null && finished[0].n >= study.targetParticipants)
        throw new UserError("STUDY_NOT_OPEN", "Enough people have taken part already. Thank you for coming.", "link");
      const kept = study.keepPanelIds && panel && Object.keys(panel).length > 0 ? panel : null;
      return { token: (await addParticipant(tx, study.id, { source: ParticipantSource.LINK, panel: kept })).token };
    });
  }

  /** What the page shows first, to a participant or to who has the open link. @throws UserError NOT_FOUND */
  async open(token: string): Promise<Ballot> {
    const hash = hashOfToken(token);
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
      state: stateOf(row),
      pairs: slotsOf(planOf(row)).length,
    };
  }

  /** Records that the participant agreed. @throws UserError NOT_FOUND, STUDY_NOT_OPEN */
  async consent(token: string): Promise<BallotItems> {
    const row = await this.ballotOf(this.db.manager, token);
    if (!takesVotes(row)) throw notOpen(row.state);
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
    const result = await inTransaction(this.db, async (tx) => {
      const row = await this.ballotOf(tx, token);
      if (!row.joinedAt) throw new UserError("STUDY_NOT_OPEN", "Agree to take part first.");
      let given = await givenTo(tx, row);
      if (takesVotes(row) && !row.finishedAt) {
        await tx.query("update study_assignments set assigned_at = now() where id = any($1)", [
          given.filter(({ choice }) => choice === null).map(({ id }) => id),
        ]);
        if (await this.handOut(tx, row, given)) given = await givenTo(tx, row);
        if (given.every(({ choice }) => choice !== null)) row.finishedAt = await finish(tx, row.participantId);
      }
      return { row, given };
    });
    if (result.row.finishedAt) this.announce(result.row.studyId);
    return itemsView(result.row, result.given);
  }

  /**
   * Takes votes, in order. Each is stored once however often it is sent, and refused alone.
   * @throws UserError BAD_INPUT, NOT_FOUND
   */
  async vote(token: string, input: unknown): Promise<VoteResult[]> {
    const { votes } = parseInput(voting, input);
    const results: VoteResult[] = [];
    for (const vote of votes) results.push(await this.take(hashOfToken(token), vote));
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

  private async ballotOf(db: EntityManager, token: string): Promise<BallotRow> {
    const [row]: BallotRow[] = await db.query(prepared(BALLOT), [hashOfToken(token)]);
    if (!row)
      throw new UserError("NOT_FOUND", "This link leads nowhere: it was mistyped, or is no longer used.", "token");
    return row;
  }

  /** @returns whether there is something new */
  private async handOut(tx: EntityManager, row: BallotRow, given: readonly GivenRow[]): Promise<boolean> {
    const room = AHEAD - given.filter(({ choice }) => choice === null).length;
    if (room <= 0) return false;
    // Before the items are counted, so that two who ask at once see each other's.
    await tx.query("select 1 from studies where id = $1 for no key update", [row.studyId]);
    const again = await givenTo(tx, row);
    if (again.length !== given.length) return true;
    const practice = row.practice && given.length === 0 ? await practiceOf(tx, row) : [];
    const next = [...practice, ...(await this.choose(tx, row, { given, count: room - practice.length }))];
    if (next.length === 0) return false;
    const column = <T>(pick: (one: Next) => T) => next.map(pick);
    await tx.query(INSERT_ASSIGNMENTS, [
      row.participantId,
      column(({ itemId }) => itemId),
      column(({ kind }) => kind),
      column(({ flipped }) => flipped),
      // What an attention check asks for is as random as its sides.
      column(({ kind, flipped }) =>
        kind === AssignmentKind.ATTENTION ? (flipped ? VoteChoice.LEFT : VoteChoice.RIGHT) : null,
      ),
      column(() => randomBytes(16).toString("base64url")),
      given.length,
    ]);
    return true;
  }

  private async choose(
    tx: EntityManager,
    row: BallotRow,
    { given, count }: { given: readonly GivenRow[]; count: number },
  ): Promise<Next[]> {
    const items: ItemState[] = await tx.query(prepared(ITEM_STATES), [row.studyId, WAIT_MINUTES]);
    const preview = row.source === ParticipantSource.PREVIEW;
    const tallies: Tally[] | null = row.adaptive ? await tx.query(TALLIES, [row.studyId]) : null;
    const arms = 1 + Math.max(...items.map(({ armB }) => armB));
    return nextAssignments(
      given.filter(({ kind }) => kind !== AssignmentKind.PRACTICE),
      items,
      {
        plan: planOf(row),
        count,
        votesPerItem: preview ? Number.POSITIVE_INFINITY : row.votesPerItem,
        weightOf: tallies ? adaptiveWeights(arms, tallies) : undefined,
      },
    );
  }

  private async take(tokenHash: Buffer, vote: Vote): Promise<VoteResult> {
    const { key, item, choice, responseMs } = vote;
    const [row]: VoteRow[] = await this.db.query(prepared(VOTE), [tokenHash, item, key, choice, responseMs]);
    if (!row) return { key, code: "NOT_FOUND" };
    if (row.stored > 0) this.announce(row.studyId);
    else if (!row.known) {
      if (!row.open) return { key, code: "STUDY_NOT_OPEN" };
      if (!row.offered) return { key, code: "BAD_INPUT" };
      if (row.passed) return { key, code: "CONFLICT" };
      // Neither: the same submission is being stored at this moment by its other copy.
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

const givenTo = (tx: EntityManager, { participantId }: BallotRow): Promise<GivenRow[]> =>
  tx.query(prepared(GIVEN), [participantId]);

async function finish(tx: EntityManager, participantId: string): Promise<Date> {
  const finishedAt = new Date();
  await tx.query("update study_participants set finished_at = coalesce(finished_at, $2) where id = $1", [
    participantId,
    finishedAt,
  ]);
  return finishedAt;
}

async function practiceOf(tx: EntityManager, { studyId, seed, number }: BallotRow): Promise<Next[]> {
  const rows: { itemId: string }[] = await tx.query(
    `select id as "itemId" from study_items where study_id = $1 and practice order by position limit 1`,
    [studyId],
  );
  const flipped = new RandomStream(seed, PRACTICE_STREAM, number).uniform() < 0.5;
  return rows.map(({ itemId }) => ({ itemId, kind: AssignmentKind.PRACTICE, flipped }));
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

function stateOf(row: BallotRow): Ballot["state"] {
  if (row.finishedAt) return "FINISHED";
  if (!takesVotes(row)) return row.state === StudyState.DRAFT ? "NOT_OPEN" : "CLOSED";
  return row.joinedAt ? "VOTING" : "INVITED";
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
