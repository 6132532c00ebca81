import { graphql } from "../../graphql/generated/index.ts";

export const JOBS = graphql(`
  query Jobs($first: Int, $after: String, $last: Int, $before: String, $state: JobState) {
    jobs(first: $first, after: $after, last: $last, before: $before, state: $state) {
      totalCount
      nodes {
        id
        kind
        state
        progress
        progressMessage
        attempts
        worker
        error
        input
        logTail
        createdAt
        startedAt
        finishedAt
        cancelRequestedAt
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
