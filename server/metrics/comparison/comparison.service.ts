import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { HELD_OUT_ACCURACY, HELD_OUT_AUC, HELD_OUT_ECE } from "../../../shared/ablation-metrics.ts";
import { ComparedKind, MetricDirection } from "../../../shared/enums.ts";
import { parseInput } from "../../../shared/parse-input.ts";
import { pairedDifferences } from "../round-metrics.loader.ts";
import { provenanceKeyOf } from "../series.ts";
import { leavesOf } from "./comparability.ts";
import { type ComparedValue, columnsOf } from "./compared-columns.ts";
import {
  COMPARED_SUBJECTS,
  COMPARED_VALUES,
  HELD_OUT_VALUES,
  REPORTED_RESULTS,
  REPORTED_TABLES,
} from "./comparison.sql.ts";
import { type ComparedColumn, judgedColumns, pairsOfColumns } from "./judged-columns.ts";
import { type ReportedCell, type ReportedRow, reportedRows } from "./reported-results.ts";

declare module "../../graphql/context.ts" {
  interface Services {
    comparisons: ComparisonService;
  }
}

/** Subjects side by side: more fit no screen, and no paper's table. */
const MAX_SUBJECTS = 20;
const MAX_TABLES = 20;

const question = z.object({
  subjects: z
    .array(z.object({ kind: z.enum(ComparedKind), id: z.uuid("must be an id (a UUID)").toLowerCase() }))
    .min(1, "must name at least one subject")
    .max(MAX_SUBJECTS, `must name at most ${MAX_SUBJECTS} subjects`)
    .refine((all) => new Set(all.map(({ kind, id }) => `${kind} ${id}`)).size === all.length, {
      message: "must name each subject once",
    }),
  baselineId: z.uuid("must be an id (a UUID)").toLowerCase().nullish(),
  reportedTables: z.array(z.string().max(300)).max(MAX_TABLES, `must name at most ${MAX_TABLES} tables`).nullish(),
});

export interface ComparedSubject {
  kind: ComparedKind;
  id: string;
  name: string;
  detail: string | null;
  experimentId: string | null;
}

/** A setting of the subjects: a text each, null where a subject has no such setting. */
export interface ComparedSetting {
  name: string;
  values: (string | null)[];
  differs: boolean;
}

export interface Comparison {
  subjects: ComparedSubject[];
  /** ids that were asked for and of which there is nothing */
  missing: string[];
  baselineId: string | null;
  metrics: ComparedColumn[];
  settings: ComparedSetting[];
  reported: ReportedRow[];
}

export interface ReportedTable {
  source: string;
  name: string;
  valueCount: number;
}

interface SubjectRow {
  place: number;
  name: string;
  detail: string | null;
  experimentId: string | null;
  settings: Record<string, unknown>;
}

/** A row of HELD_OUT_VALUES. */
type HeldOutRow = Pick<
  ComparedValue,
  "place" | "name" | "value" | "low" | "high" | "n" | "createdAt" | "roundIndex" | "experiment" | "promptSetId"
> &
  Pick<ComparedValue, "promptSet"> & { direction: MetricDirection; proxySetId: string };

/** Experiments, rounds, policies and reward models side by side. */
export class ComparisonService {
  constructor(private readonly db: DataSource) {}

  /**
   * What is known of the subjects, and which of it can be compared. A subject that there is not (any more) is named in
   * `missing`; the others are compared. @throws UserError BAD_INPUT
   */
  async compare(input: unknown): Promise<Comparison> {
    const { subjects: asked, baselineId, reportedTables } = parseInput(question, input);
    const db = this.db.manager;
    const params = [asked.map(({ kind }) => kind), asked.map(({ id }) => id)];
    const rows: SubjectRow[] = await db.query(COMPARED_SUBJECTS, params);
    const subjects = rows.flatMap(({ place, name, detail, experimentId }): ComparedSubject[] => {
      const one = asked[place - 1];
      return one ? [{ ...one, name, detail, experimentId }] : [];
    });
    const places = rows.map(({ place }) => place);
    const baseline = Math.max(
      0,
      subjects.findIndex(({ id }) => id === baselineId),
    );
    const columns = columnsOf(await valuesOf(db, params), places[baseline] ?? 0);
    const paired = await pairedDifferences(db, pairsOfColumns(columns, places[baseline] ?? 0));
    return {
      subjects,
      missing: asked.flatMap(({ id }, i) => (places.includes(i + 1) ? [] : [id])),
      baselineId: subjects[baseline]?.id ?? null,
      metrics: await named(db, judgedColumns(columns, { places, baseline: places[baseline] ?? 0, paired })),
      settings: settingsOf(rows.map(({ settings }) => settings)),
      reported: await this.reported(reportedTables ?? []),
    };
  }

  /** The published tables that were imported. */
  reportedTables(): Promise<ReportedTable[]> {
    return this.db.query(REPORTED_TABLES);
  }

  private async reported(tables: readonly string[]): Promise<ReportedRow[]> {
    if (tables.length === 0) return [];
    const cells: ReportedCell[] = await this.db.query(REPORTED_RESULTS, [tables]);
    return reportedRows(cells);
  }
}

async function valuesOf(db: EntityManager, params: unknown[]): Promise<ComparedValue[]> {
  const logged: ComparedValue[] = await db.query(COMPARED_VALUES, params);
  const heldOut: HeldOutRow[] = await db.query(HELD_OUT_VALUES, [
    ...params,
    ...[HELD_OUT_AUC, HELD_OUT_ACCURACY, HELD_OUT_ECE],
  ]);
  return [...logged, ...heldOut.map(valueOfHeldOut)];
}

/** Held-out items are those of the proxy set and of the prompt set; which encoder saw them is what is compared. */
function valueOfHeldOut({ proxySetId, ...row }: HeldOutRow): ComparedValue {
  const provenance = { items: "held out", reference: { proxySet: proxySetId } };
  return { ...row, provenance, provenanceKey: provenanceKeyOf(provenance), roundId: null, bias: null };
}

/** A line for each setting that any subject has, in the subjects' order. */
export function settingsOf(settings: readonly Record<string, unknown>[]): ComparedSetting[] {
  const leaves = settings.map((one) => leavesOf(one));
  const names = [...new Set(leaves.flatMap((one) => [...one.keys()]))];
  return names.map((name) => {
    const values = leaves.map((one) => one.get(name) ?? null);
    return { name, values, differs: new Set(values).size > 1 };
  });
}

const PROXY_SET = "reference.proxySet";

/** The same with names of proxy sets in the place of their ids, where they are the reason. */
async function named(db: EntityManager, columns: ComparedColumn[]): Promise<ComparedColumn[]> {
  const told = columns.flatMap(({ distinction, values }) => [
    ...distinction,
    ...values.flatMap((value) => value?.incompatible ?? []),
  ]);
  const reasons = told.filter(({ field }) => field === PROXY_SET);
  if (reasons.length === 0) return columns;
  const ids = reasons.flatMap(({ value, others }) => [value, others]);
  const sets: { id: string; name: string }[] = await db.query(
    "select id, name from proxy_sets where id::text = any($1)",
    [ids],
  );
  const names = new Map(sets.map(({ id, name }) => [id, name]));
  for (const reason of reasons) {
    reason.value = names.get(reason.value ?? "") ?? reason.value;
    reason.others = names.get(reason.others ?? "") ?? reason.others;
  }
  return columns;
}
