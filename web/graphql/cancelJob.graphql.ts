import { graphql } from "./generated/index.ts";

export const CANCEL_JOB = graphql(`
  mutation CancelJob($id: ID!) {
    cancelJob(id: $id) {
      job {
        id
        state
        cancelRequestedAt
        finishedAt
      }
    }
  }
`);
