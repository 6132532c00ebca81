import { execute, type GraphQLSchema, parse } from "graphql";
import type { RequestContext } from "./context.ts";

/** Runs a document of ours, not of a client's, and gives what it answers. @throws the first error, as a resolver threw it */
export async function runFixedDocument(
  schema: GraphQLSchema,
  contextValue: RequestContext,
  { document, variables }: { document: string; variables: Record<string, unknown> },
): Promise<unknown> {
  const { data, errors } = await execute({
    schema,
    document: parse(document),
    contextValue,
    variableValues: variables,
  });
  if (errors?.[0]) throw errors[0].originalError ?? errors[0];
  return data;
}
