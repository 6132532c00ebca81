import { graphql } from "../../graphql/generated/index.ts";

export const EXPERIMENTS = graphql(`
  query Experiments($first: Int!, $after: String, $search: String) {
    experiments(first: $first, after: $after, search: $search) {
      totalCount
      nodes {
        id
        name
        description
        status
        encoder
        k
        createdAt
        rounds {
          id
          index
          sampleCount
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);
