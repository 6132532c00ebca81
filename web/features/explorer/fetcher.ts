import type { GraphiQLProps } from "graphiql";
import { getOperationAST, OperationTypeNode, parse } from "graphql";
import { socket } from "../../graphql/liveConnection.ts";

/** As the dashboard's own client: subscriptions over the tab's socket, everything else by POST with the session's cookie. */
export const fetcher: GraphiQLProps["fetcher"] = async ({ query, variables, ...asked }) => {
  const document = parse(query);
  // GraphiQL may still hold the name of another tab's operation: what stands alone is meant.
  const operation = getOperationAST(document) ?? getOperationAST(document, asked.operationName);
  const operationName = operation?.name?.value ?? asked.operationName;
  if (operation?.operation === OperationTypeNode.SUBSCRIPTION)
    return socket.iterate({ query, operationName, variables });
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, operationName, variables }),
  });
  return response.json();
};
