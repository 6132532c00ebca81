import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { RoundAspect } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { GroupCommit, PartlyThere } from "../database/group-commit.ts";
import type { Announcements } from "../database/notifications.ts";
import { inTransaction, isCheckViolation, isRetryable } from "../database/transaction.ts";
import { keysetPage, type ListQuery, type PageArgs, type SeekablePage, selectOf } from "../graphql/connection.ts";
import { type Round, roundChange } from "../rounds/round.entity.ts";
import { Sample } from "./sample.entity.ts";
import { FIRST_WRONG_SAMPLE, INSERT_NEW_SAMPLES, INSERT_SAMPLES } from "./sample.sql.ts";
import { type SampleFilter, sampleListQuery } from "./sample-list.ts";

declare module "../graphql/context.ts" {
  interface Services {
    samples: SampleService;
  }
}

/** Most rows of one bulk mutation. */
export const MAX_BULK_ROWS = 5000;

const batch = z.object({
  roundId: z.uuid("must be a round's id"),
  samples: z
    .array(
      z.object({
        promptPosition: z.number().int().min(0),
        k: z.number().int().min(0).max(999),
        seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullish(),
        label: z.string().max(200).nullish(),
        artifactSha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hex digits"),
      }),
    )
    .min(1, "must hold at least one row")
    .max(MAX_BULK_ROWS, `must hold at most ${MAX_BULK_ROWS} rows`),
});

type NewSample = z.output<typeof batch>["samples"][number];

/** What FIRST_WRONG_SAMPLE says. */
interface WrongSample {
  place: number;
  kBeyond: boolean;
  experimentK: number;
  artifactMissing: boolean;
  promptMissing: boolean;
  stored: string | null;
}

/** What INSERT_SAMPLES gives. */
interface Stored {
  inserted: number;
  experimentId: string | null;
}

/** Parameters of INSERT_SAMPLES. */
const columnsOf = (roundId: string, samples: readonly NewSample[]) => [
  roundId,
  samples.map((s) => s.promptPosition),
  samples.map((s) => s.k),
  samples.map((s) => s.seed ?? null),
  samples.map((s) => s.label ?? null),
  samples.map((s) => s.artifactSha256),
];

export class SampleService {
  /** Requests about one round that arrive together are stored together. */
  private readonly writers: GroupCommit<z.output<typeof batch>, number>;

  constructor(
    private readonly db: DataSource,
    private readonly announcements: Announcements,
  ) {
    this.writers = new GroupCommit({
      maxRows: MAX_BULK_ROWS,
      rowsOf: (request) => request.samples.length,
      write: (requests) => this.write(requests),
    });
  }

  /**
   * Adds samples to a round; rows already there are counted as such, so a batch can be sent again.
   * @returns how many were new
   * @throws UserError BAD_INPUT, NOT_FOUND, ARTIFACT_MISSING, ROUND_COMPLETED, CONFLICT (another image under
   *   the same prompt and k)
   */
  async log(input: unknown): Promise<number> {
    const request = parseInput(batch, input);
    return this.writers.submit(request.roundId, request);
  }

  /** All samples of requests about one round, by one statement and one commit. */
  private async write(requests: z.output<typeof batch>[]): Promise<number[]> {
    const roundId = requests[0]?.roundId ?? "";
    const samples = requests.flatMap((request) => request.samples);
    const allNew = await this.insertNew(roundId, samples);
    if (!allNew && requests.length > 1) throw new PartlyThere();
    const { inserted, experimentId } = allNew ?? (await this.insertSome(roundId, samples));
    if (inserted > 0) this.announcements.announce([roundChange(roundId, experimentId, RoundAspect.SAMPLES)]);
    return requests.length > 1 ? requests.map((request) => request.samples.length) : [inserted];
  }

  /** Null, and nothing stored, where a row is not new or is wrong, or where the round takes none. */
  private async insertNew(roundId: string, samples: readonly NewSample[]) {
    try {
      const [stored]: Stored[] = await this.db.query(INSERT_NEW_SAMPLES, columnsOf(roundId, samples));
      return stored?.experimentId ? { ...stored, experimentId: stored.experimentId } : null;
    } catch (error) {
      if (isCheckViolation(error, "rounds_sample_count_check") || isRetryable(error)) return null;
      throw error;
    }
  }

  /** What of a request is new, if nothing in it is wrong. @throws UserError as of `log`, and nothing is stored */
  private insertSome(roundId: string, samples: readonly NewSample[]) {
    return inTransaction(this.db, async (tx) => {
      const [stored]: Stored[] = await tx.query(INSERT_SAMPLES, columnsOf(roundId, samples));
      const inserted = stored?.inserted ?? 0;
      if (inserted < samples.length) await this.checkRows(tx, roundId, samples);
      if (!stored?.experimentId)
        throw new UserError("ROUND_COMPLETED", "The round is completed and takes no more samples.", "roundId");
      return { inserted, experimentId: stored.experimentId };
    });
  }

  /** @throws UserError NOT_FOUND, BAD_INPUT, ARTIFACT_MISSING or CONFLICT for what is wrong with the first row that is */
  private async checkRows(tx: EntityManager, roundId: string, samples: readonly NewSample[]): Promise<void> {
    const [round] = await tx.query("select 1 from rounds where id = $1", [roundId]);
    if (!round) throw new UserError("NOT_FOUND", `No round ${roundId}.`, "roundId");
    const [, positions, ks, , , hashes] = columnsOf(roundId, samples);
    const [wrong]: WrongSample[] = await tx.query(FIRST_WRONG_SAMPLE, [roundId, positions, ks, hashes]);
    if (wrong) throw this.mistake(wrong, samples);
  }

  /** Samples of a round, filtered and in order. */
  async list(round: Round, args: PageArgs & SampleFilter): Promise<SeekablePage<Sample>> {
    const select = selectOf(this.db.manager, Sample, "s");
    const all = (args.orderBy ?? "PLACE") === "PLACE" && !args.promptTag && !args.search && !args.rewards;
    const query: ListQuery = {
      ...sampleListQuery(select, round.id, args),
      ...(all && { count: async () => round.sampleCount }),
    };
    return keysetPage(this.db.manager, query, args);
  }

  private mistake(wrong: WrongSample, samples: readonly NewSample[]): UserError {
    const at = `samples[${wrong.place - 1}]`;
    const row = samples[wrong.place - 1];
    if (wrong.kBeyond)
      return new UserError(
        "BAD_INPUT",
        `k is 0 to ${wrong.experimentK - 1} in this experiment, got ${row?.k}.`,
        `${at}.k`,
      );
    if (wrong.artifactMissing)
      return new UserError(
        "ARTIFACT_MISSING",
        `No artifact ${row?.artifactSha256}; upload it first.`,
        `${at}.artifactSha256`,
      );
    if (wrong.promptMissing)
      return new UserError(
        "NOT_FOUND",
        `The prompt set has no prompt at position ${row?.promptPosition}.`,
        `${at}.promptPosition`,
      );
    return new UserError(
      "CONFLICT",
      `Prompt ${row?.promptPosition}, k = ${row?.k} is artifact ${wrong.stored} already; samples never change.`,
      at,
    );
  }
}
