import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { socket } from "./liveConnection.ts";

/**
 * Queries and mutations by POST, subscriptions over the tab's socket. Pages of connections are kept apart by all their
 * arguments, so every URL state has its own cache entry.
 */
export function createApolloClient(): ApolloClient {
  const http = new HttpLink({
    uri: "/graphql",
    credentials: "same-origin",
    headers: { "apollo-require-preflight": "true" },
  });
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      http,
    ),
    cache: new InMemoryCache({
      typePolicies: {
        Artifact: { keyFields: ["sha256"] },
        RewardModelCurves: { merge: true },
        Worker: { keyFields: ["name"] },
        // It only grows: an answer that an event overtook on the way takes nothing back.
        Round: {
          fields: { sampleCount: { merge: (known: number | undefined, told: number) => Math.max(known ?? 0, told) } },
        },
      },
    }),
  });
}
