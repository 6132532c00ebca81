import {
  type GraphQLResolveInfo,
  getArgumentValues,
  getNamedType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";

/**
 * The arguments of each place where the operation asks for `field` of what is being resolved, for resolvers that can
 * fetch it in the same statement. Fields of fragments count too; @skip and @include are not looked at.
 */
export function argumentsOfSelected(info: GraphQLResolveInfo, field: string): Record<string, unknown>[] {
  const type = getNamedType(info.returnType);
  const definition = isObjectType(type) ? type.getFields()[field] : undefined;
  if (!definition) return [];
  const found: Record<string, unknown>[] = [];
  const visit = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) visit(info.fragments[selection.name.value]?.selectionSet);
      else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet);
      else if (selection.name.value === field)
        found.push(getArgumentValues(definition, selection, info.variableValues));
    }
  };
  for (const node of info.fieldNodes) visit(node.selectionSet);
  return found;
}
