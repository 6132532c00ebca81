import type { GraphiQLProps } from "graphiql";
import { getOperationAST, OperationTypeNode, parse } from "graphql";
import { socket } from "../../graphql/liveConnection.ts";

/** As the dashboard's own client: subscriptions over the tab's socket, everything else by POST with the session's cookie. */
export const fetcher: GraphiQLProps["fetcher"] = async ({ query, operationName, variables }) => {
  const operation = getOperationAST(parse(query), operationName);
  if (operation?.operation === OperationTypeNode.SUBSCRIPTION)
    return socket.iterate({ query, operationName, variables });
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, operationName, variables }),
  });
  return response.json();
};
