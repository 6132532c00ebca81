import { graphql } from "../../graphql/generated/index.ts";

export const JOBS = graphql(`
  query Jobs($first: Int!) {
    jobs(first: $first) {
      nodes {
        id
        kind
        state
        progress
        progressMessage
        attempts
        worker
        error
        logTail
        createdAt
        startedAt
        finishedAt
        cancelRequestedAt
      }
    }
  }
`);

export const CANCEL_JOB = graphql(`
  mutation CancelJob($id: ID!) {
    cancelJob(id: $id) {
      job {
        id
        state
        cancelRequestedAt
      }
    }
  }
`);
