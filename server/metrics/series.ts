import { createHash } from "node:crypto";
import type { EntityManager } from "typeorm";
import { canonicalJson } from "../../shared/canonical-json.ts";
import type { MetricDirection, MetricSubject } from "../../shared/enums.ts";
import { FIND_SERIES, INSERT_SERIES } from "./metric.sql.ts";

/** A series of the record. It never changes. */
export interface Series {
  id: string;
  subject: MetricSubject;
  subjectId: string;
  name: string;
  direction: MetricDirection;
  provenanceKey: string;
}

/** A series that is wanted; `provenanceKey` is `provenanceKeyOf(provenance)`. */
export type WantedSeries = Omit<Series, "id"> & { provenance: Record<string, unknown> };

/** SHA-256 over a provenance, hex: equal keys, equal provenances, whatever the order of their fields. */
export const provenanceKeyOf = (provenance: Record<string, unknown>): string =>
  createHash("sha256").update(canonicalJson(provenance)).digest("hex");

/** What makes a series one. */
export const seriesKeyOf = (s: Pick<Series, "subject" | "subjectId" | "name" | "provenanceKey">): string =>
  `${s.subject}\n${s.subjectId}\n${s.name}\n${s.provenanceKey}`;

/** The series that are wanted, in no order; those that are new are added. Their subjects must exist. */
export async function addSeries(tx: EntityManager, wanted: WantedSeries[]): Promise<Series[]> {
  const column = <T>(pick: (series: WantedSeries) => T) => wanted.map(pick);
  const identity = [
    column((s) => s.subject),
    column((s) => s.subjectId),
    column((s) => s.name),
    column((s) => s.provenanceKey),
  ];
  await tx.query(INSERT_SERIES, [...identity, column((s) => s.direction), column((s) => JSON.stringify(s.provenance))]);
  return tx.query(FIND_SERIES, identity);
}
