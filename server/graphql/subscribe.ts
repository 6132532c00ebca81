import type { ApolloServerPlugin } from "@apollo/server";
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  OperationTypeNode,
  parse,
  validate,
} from "graphql";
import type { SubscribePayload } from "graphql-ws";
import { UserError } from "../../shared/user-error.ts";
import type { ChangeStream } from "./changes.ts";
import type { RequestContext } from "./context.ts";
import { refusal } from "./errors.ts";
import { overLimits } from "./limits.ts";
import { unstorableText } from "./storable-text.ts";

/** Long documents take long to validate; the dashboard's and any person's are far below. */
const MAX_TOKENS = 5_000;

/** An answer is no stream of events. */
export const noSubscriptionsByPost: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION)
          throw refusal(
            new UserError("BAD_INPUT", "Subscriptions run over WebSocket (graphql-transport-ws), not by POST."),
          );
      },
    };
  },
};

/** What to run for a subscription, or why not: its words, its variables, its depth and cost are checked first. */
export function prepare(schema: GraphQLSchema, payload: SubscribePayload): ExecutionArgs | GraphQLError[] {
  const { query, operationName } = payload;
  const variables = payload.variables ?? {};
  const document = parsed(query);
  if (document instanceof GraphQLError) return mistakes([document]);
  const invalid = validate(schema, document);
  if (invalid.length > 0) return mistakes(invalid);
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.SUBSCRIPTION)
    return [refusal(new UserError("BAD_INPUT", "Only subscriptions run here; send queries and mutations by POST."))];
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (errors) return mistakes(errors);
  const mistake = overLimits(document, operationName, variables) ?? unstorableText(document, variables);
  return mistake ? [refusal(mistake)] : { schema, document, operationName, variableValues: variables };
}

function parsed(query: string) {
  try {
    return parse(query, { maxTokens: MAX_TOKENS });
  } catch (error) {
    return error as GraphQLError;
  }
}

/** The caller's mistakes, with the code that the error mask knows. */
const mistakes = (errors: readonly GraphQLError[]): GraphQLError[] =>
  errors.map(
    ({ message, nodes, source, positions }) =>
      new GraphQLError(message, { nodes, source, positions, extensions: { code: "BAD_USER_INPUT" } }),
  );

/** As graphql's `subscribe`, but every event has a context of its own: loaders remember, and an event is news. */
export async function subscribeAfresh(
  args: ExecutionArgs,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const contextOf = args.contextValue as () => RequestContext;
  const source = await createSourceEventStream({ ...args, contextValue: contextOf() });
  if (!(Symbol.asyncIterator in source)) return source;
  const changes = source as unknown as ChangeStream;
  const events: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      const change = await changes.next();
      if (change.done) return change;
      return { done: false, value: await execute({ ...args, rootValue: change.value, contextValue: contextOf() }) };
    },
    return: () => changes.return(),
    [Symbol.asyncIterator]: () => events,
  };
  return events;
}
