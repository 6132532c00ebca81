import type { ApolloServerPlugin } from "@apollo/server";
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { UserError } from "../../shared/user-error.ts";
import { DEFAULT_PAGE } from "./connection.ts";
import { refusal } from "./errors.ts";

const tooComplex = (message: string) => new UserError("QUERY_TOO_COMPLEX", message);

/** Limits of one operation. Cost counts fields, multiplied by the page sizes of the lists around them. */
export const LIMITS = { depth: 14, aliases: 40, cost: 400_000 } as const;

const LIST_PARTS = new Set(["nodes", "edges"]);

interface Tally {
  aliases: number;
  cost: number;
  depth: number;
}

/** How many times the selection of a field may be gone through: the page asked for, or the page a list gives by itself. */
function pageSize({ arguments: given = [], selectionSet }: FieldNode, variables: Record<string, unknown>): number {
  for (const { name, value } of given) {
    if (name.value !== "first" && name.value !== "last") continue;
    const size = value.kind === Kind.VARIABLE ? variables[value.name.value] : value.kind === Kind.INT && value.value;
    if (size) return Math.max(1, Number(size) || 1);
  }
  const isList = selectionSet?.selections.some(
    (selection) => selection.kind !== Kind.FIELD || LIST_PARTS.has(selection.name.value),
  );
  return isList ? DEFAULT_PAGE : 1;
}

const NOTHING: Tally = { aliases: 0, cost: 0, depth: 0 };

/** Each fragment is measured once, however often it is spread: nested ones can double a query at every level. */
function measure(
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Record<string, unknown>,
): Tally {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const d of document.definitions) if (d.kind === Kind.FRAGMENT_DEFINITION) fragments.set(d.name.value, d);
  const measured = new Map<string, Tally>();
  const ofFragment = (name: string): Tally => {
    const known = measured.get(name);
    if (known) return known;
    measured.set(name, NOTHING); // where a fragment spreads itself, which validation refuses
    const tally = ofSet(fragments.get(name)?.selectionSet);
    measured.set(name, tally);
    return tally;
  };
  const ofSelection = (selection: SelectionNode): Tally => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value);
    if (selection.kind === Kind.INLINE_FRAGMENT) return ofSet(selection.selectionSet);
    const introspection = selection.name.value.startsWith("__");
    const inner = introspection ? NOTHING : ofSet(selection.selectionSet);
    return {
      aliases: inner.aliases + (selection.alias ? 1 : 0),
      cost: inner.cost * pageSize(selection, variables) + 1,
      depth: inner.depth + 1,
    };
  };
  const ofSet = (set: SelectionSetNode | undefined): Tally =>
    (set?.selections ?? []).map(ofSelection).reduce(
      (sum, one) => ({
        aliases: sum.aliases + one.aliases,
        cost: sum.cost + one.cost,
        depth: Math.max(sum.depth, one.depth),
      }),
      NOTHING,
    );
  const operation = document.definitions.find(
    (d) => d.kind === Kind.OPERATION_DEFINITION && (!operationName || d.name?.value === operationName),
  );
  return ofSet(operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet : undefined);
}

/** The refusal of an operation that is too deep, aliases too much or would touch too many rows; null if it may run. */
export function overLimits(
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Record<string, unknown>,
): UserError | null {
  const { depth, aliases, cost } = measure(document, operationName, variables);
  if (depth > LIMITS.depth) return tooComplex(`The query is more than ${LIMITS.depth} levels deep.`);
  if (aliases > LIMITS.aliases) return tooComplex(`The query has ${aliases} aliases, ${LIMITS.aliases} are allowed.`);
  if (cost > LIMITS.cost)
    return tooComplex(`The query may touch more than ${LIMITS.cost} fields; ask for smaller pages.`);
  return null;
}

/** Holds queries and mutations to the limits before anything runs. */
export const operationLimits: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async didResolveOperation({ document, request }) {
        const mistake = overLimits(document, request.operationName, request.variables ?? {});
        if (mistake) throw refusal(mistake);
      },
    };
  },
};
