import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { MetricDirection, RoundAspect } from "../../shared/enums.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { GroupCommit, PartlyThere } from "../database/group-commit.ts";
import type { Announcements } from "../database/notifications.ts";
import { inTransaction } from "../database/transaction.ts";
import { roundChange } from "../rounds/round.entity.ts";
import { MAX_BULK_ROWS } from "../samples/sample.service.ts";
import {
  FIND_SAMPLE_SERIES,
  FIRST_WRONG_VALUE,
  INSERT_SAMPLE_SERIES,
  INSERT_SAMPLE_VALUES,
} from "./sample-metric.sql.ts";
import { provenanceKeyOf } from "./series.ts";

declare module "../graphql/context.ts" {
  interface Services {
    sampleMetrics: SampleMetricService;
  }
}

const batch = z.object({
  roundId: z.uuid("must be a round's id").toLowerCase(),
  name: z.string().trim().min(1, "must not be empty").max(200),
  direction: z.enum(MetricDirection),
  provenance: z.record(z.string(), z.unknown()).default({}),
  values: z
    .array(z.object({ sampleId: z.uuid().toLowerCase(), value: z.number("must be a finite number") }))
    .min(1, "must hold at least one value")
    .max(MAX_BULK_ROWS, `must hold at most ${MAX_BULK_ROWS} values`),
});

/** A batch with the key of its provenance. */
type Batch = z.output<typeof batch> & { provenanceKey: string };

interface Series {
  id: string;
  name: string;
  direction: MetricDirection;
  provenanceKey: string;
}

const keyOf = ({ name, provenanceKey }: Pick<Series, "name" | "provenanceKey">): string => `${name}\n${provenanceKey}`;

/** Metrics of single samples, by whatever computed them: scorers of ours, or a lab's own such as VBench. */
export class SampleMetricService {
  /** Requests about one round that arrive together are stored together, whatever the metric. */
  private readonly writers: GroupCommit<Batch, number>;

  constructor(
    private readonly db: DataSource,
    private readonly announcements: Announcements,
  ) {
    this.writers = new GroupCommit({
      maxRows: MAX_BULK_ROWS,
      rowsOf: (request) => request.values.length,
      write: (requests) => this.write(requests),
    });
  }

  /**
   * Stores a value for each of up to 5,000 samples; a value that is there already and equal is left alone.
   * @returns how many were new
   * @throws UserError BAD_INPUT, NOT_FOUND (also for a sample of another round), CONFLICT (another value, or direction)
   */
  async log(input: unknown): Promise<number> {
    const request = parseInput(batch, input);
    return this.writers.submit(request.roundId, { ...request, provenanceKey: provenanceKeyOf(request.provenance) });
  }

  /** Series and values of requests about one round, by one statement each and one commit. */
  private async write(requests: Batch[]): Promise<number[]> {
    const roundId = requests[0]?.roundId ?? "";
    const { experimentId, inserted } = await inTransaction(this.db, (tx) => this.store(tx, roundId, requests));
    if (inserted > 0) this.announcements.announce([roundChange(roundId, experimentId, RoundAspect.METRICS)]);
    return requests.length > 1 ? requests.map((request) => request.values.length) : [inserted];
  }

  private async store(tx: EntityManager, roundId: string, requests: Batch[]) {
    const [round]: { experimentId: string }[] = await tx.query(
      `select experiment_id as "experimentId" from rounds where id = $1`,
      [roundId],
    );
    if (!round) throw new UserError("NOT_FOUND", `No round ${roundId}.`, "roundId");
    const series = await this.seriesOf(tx, roundId, requests);
    const values = requests.flatMap((r) => r.values.map((v) => ({ ...v, seriesId: series.get(keyOf(r)) })));
    const parameters: [string, ...unknown[][]] = [
      roundId,
      values.map((v) => v.seriesId),
      values.map((v) => v.sampleId),
      values.map((v) => v.value),
    ];
    const [{ inserted }]: [{ inserted: number }] = await tx.query(INSERT_SAMPLE_VALUES, parameters);
    if (inserted < values.length) {
      if (requests.length > 1) throw new PartlyThere();
      await this.mistakeIn(tx, parameters);
    }
    return { experimentId: round.experimentId, inserted };
  }

  /** Ids of the series of the requests, by `keyOf`; those that are new are added. @throws UserError CONFLICT */
  private async seriesOf(tx: EntityManager, roundId: string, requests: Batch[]): Promise<Map<string, string>> {
    const wanted = [...new Map(requests.map((request) => [keyOf(request), request])).values()];
    const [names, keys] = [wanted.map((w) => w.name), wanted.map((w) => w.provenanceKey)];
    const find = (): Promise<Series[]> => tx.query(FIND_SAMPLE_SERIES, [roundId, names, keys]);
    let found = await find();
    if (found.length < wanted.length) {
      const [directions, provenances] = [
        wanted.map((w) => w.direction),
        wanted.map((w) => JSON.stringify(w.provenance)),
      ];
      await tx.query(INSERT_SAMPLE_SERIES, [roundId, names, directions, provenances, keys]);
      found = await find();
    }
    const byKey = new Map(found.map((one) => [keyOf(one), one]));
    for (const request of requests) {
      const recorded = byKey.get(keyOf(request))?.direction;
      if (recorded !== request.direction)
        throw new UserError("CONFLICT", `${request.name} is recorded as ${recorded} is better.`, "direction");
    }
    return new Map(found.map((one) => [keyOf(one), one.id]));
  }

  /** Says what of a batch could not be stored; nothing, when all of it was there. */
  private async mistakeIn(tx: EntityManager, parameters: [string, ...unknown[][]]): Promise<void> {
    const [wrong]: { place: number; isForeign: boolean; stored: number }[] = await tx.query(
      FIRST_WRONG_VALUE,
      parameters,
    );
    if (!wrong) return;
    const at = `values[${wrong.place - 1}]`;
    const sampleId = parameters[2]?.[wrong.place - 1];
    if (wrong.isForeign) throw new UserError("NOT_FOUND", `The round has no sample ${sampleId}.`, `${at}.sampleId`);
    throw new UserError(
      "CONFLICT",
      `Sample ${sampleId} is recorded with ${wrong.stored}; recorded values never change.`,
      `${at}.value`,
    );
  }
}
