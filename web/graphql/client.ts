import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";

/** Pages of connections are kept apart by all their arguments, so every URL state has its own cache entry. */
export function createApolloClient(): ApolloClient {
  return new ApolloClient({
    link: new HttpLink({
      uri: "/graphql",
      credentials: "same-origin",
      headers: { "apollo-require-preflight": "true" },
    }),
    cache: new InMemoryCache({ typePolicies: { Artifact: { keyFields: ["sha256"] } } }),
  });
}
