/**
 * Which numbers may stand side by side. Words used here:
 * - basis: all that must be equal for two values of one metric to be compared: what computed them (provenance), of which
 *   prompt set, and, of a Frechet distance, which is biased by it, on how many images.
 */

/** A value of one metric of one subject: a row of COMPARED_VALUES. */
export interface BasisOf {
  name: string;
  provenance: Record<string, unknown>;
  provenanceKey: string;
  promptSetId: string | null;
  promptSet: string | null;
  n: number | null;
}

/** Something that keeps a value from being compared: what it is of this value, and of those it stands beside. */
export interface BasisDifference {
  /** a path, such as `sha256`, `preprocessing.size`, `reference.proxySet`; `promptSet`, `images` */
  field: string;
  value: string | null;
  others: string | null;
}

/** FD(x), FID, FVD(x): their value falls with the number of images; KID and FD-infinity are made not to. */
const BIASED_BY_SIZE = /^(FD|FID|FVD)\b(?!-)/;

/** Equal keys, comparable values. */
export const basisKey = ({ name, provenanceKey, promptSetId, n }: BasisOf): string =>
  [provenanceKey, promptSetId, BIASED_BY_SIZE.test(name) ? n : "any"].join("\n");

/** Why a value can't be compared with another one of its metric; [] where it can. */
export function basisDifferences(value: BasisOf, other: BasisOf): BasisDifference[] {
  const [own, its] = [leavesOf(value.provenance), leavesOf(other.provenance)];
  const fields = [...new Set([...own.keys(), ...its.keys()])];
  const differences = fields
    .filter((field) => own.get(field) !== its.get(field))
    .map((field) => ({ field, value: own.get(field) ?? null, others: its.get(field) ?? null }));
  if (value.promptSetId !== other.promptSetId)
    differences.push({ field: "promptSet", value: value.promptSet, others: other.promptSet });
  if (BIASED_BY_SIZE.test(value.name) && value.n !== other.n)
    differences.push({ field: "images", value: textOf(value.n), others: textOf(other.n) });
  return differences;
}

const textOf = (leaf: unknown): string | null =>
  leaf == null ? null : typeof leaf === "string" ? leaf : JSON.stringify(leaf);

/**
 * An object's values by path, in its order: { a: { b: 1 }, c: [2] } -> a.b: "1", c: "[2]". Lists are one value. What is
 * null or empty has no leaf.
 */
export function leavesOf(object: Record<string, unknown>, at = ""): Map<string, string> {
  const leaves = new Map<string, string>();
  for (const [key, value] of Object.entries(object)) {
    const path = at ? `${at}.${key}` : key;
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      for (const [below, leaf] of leavesOf(value as Record<string, unknown>, path)) leaves.set(below, leaf);
    else {
      const text = textOf(value);
      if (text !== null) leaves.set(path, text);
    }
  }
  return leaves;
}
