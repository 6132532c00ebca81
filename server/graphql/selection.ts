import {
  type FieldNode,
  type GraphQLResolveInfo,
  getArgumentValues,
  getNamedType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";
import type { RequestContext } from "./context.ts";

/** A place where an operation asks for a field: all that says what it asks for below. */
export type Selected = Pick<GraphQLResolveInfo, "fieldNodes" | "returnType" | "fragments" | "variableValues">;

export interface SelectedField extends Selected {
  args: Record<string, unknown>;
}

/**
 * Each place below `selected` where the field at the end of `path` is asked for, for resolvers that can fetch it in the
 * same statement. Fields of fragments count too; @skip and @include are not looked at.
 */
export function selectedFields(selected: Selected, ...path: [string, ...string[]]): SelectedField[] {
  const [name, next, ...rest] = path;
  const type = getNamedType(selected.returnType);
  const definition = isObjectType(type) ? type.getFields()[name] : undefined;
  if (!definition) return [];
  const { fragments, variableValues } = selected;
  const found = nodesOf(name, selected).map((node) => ({
    fieldNodes: [node],
    returnType: definition.type,
    fragments,
    variableValues,
    args: getArgumentValues(definition, node, variableValues),
  }));
  return next === undefined ? found : found.flatMap((field) => selectedFields(field, next, ...rest));
}

function nodesOf(name: string, { fieldNodes, fragments }: Selected): FieldNode[] {
  const found: FieldNode[] = [];
  const visit = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) visit(fragments[selection.name.value]?.selectionSet);
      else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet);
      else if (selection.name.value === name) found.push(selection);
    }
  };
  for (const node of fieldNodes) visit(node.selectionSet);
  return found;
}

/** Reads, by its parent's id alone, what a field will ask its loader for. Gives whether that shows the parent to exist. */
export type ReadAhead = (parentId: string, field: SelectedField, context: RequestContext) => Promise<boolean>;

/**
 * Begins to read what is asked for below an object that is itself about to be looked up, so that both are under way at
 * once. Fields that can do so say so where they are declared: `@Extensions({ readAhead })`. The field's own resolver finds
 * the answer, or the mistake, in the loader.
 * @returns null where more is asked of the object, so that it must be looked up; where its id is all else that is asked,
 *   whether what was read shows that it exists: one statement fewer, a fifth of the time that a round's page takes
 */
export function readAhead(info: GraphQLResolveInfo, id: string, context: RequestContext): Promise<boolean> | null {
  const type = getNamedType(info.returnType);
  if (!isObjectType(type)) return null;
  const reads: Promise<boolean>[] = [];
  let more = false;
  for (const { name, extensions } of Object.values(type.getFields())) {
    const fields = selectedFields(info, name);
    const begin = extensions.readAhead as ReadAhead | undefined;
    if (begin) for (const field of fields) reads.push(begin(id, field, context).catch(() => false));
    else if (name !== "id" && fields.length > 0) more = true;
  }
  return more ? null : Promise.all(reads).then((shown) => shown.includes(true));
}
