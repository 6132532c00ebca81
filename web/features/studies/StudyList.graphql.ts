import { graphql } from "../../graphql/generated/index.ts";

export const STUDIES = graphql(`
  query Studies($first: Int, $after: String, $last: Int, $before: String) {
    studies(first: $first, after: $after, last: $last, before: $before) {
      nodes {
        id
        name
        state
        createdAt
        arms {
          id
          name
        }
        progress {
          items
          joined
          finished
          votes
          votesWanted
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`);
