import { graphql } from "../../graphql/generated/index.ts";

export const JOB_FIELDS = graphql(`
  fragment JobFields on Job {
    id
    kind
    state
    progress
    progressMessage
    attempts
    worker
    provider
    device
    error
    input
    logTail
    createdAt
    startedAt
    finishedAt
    cancelRequestedAt
    round {
      id
      index
      experiment {
        id
        name
      }
    }
    retriedAs {
      id
      state
    }
  }
`);

export const JOBS = graphql(`
  query Jobs($first: Int, $after: String, $last: Int, $before: String, $state: JobState) {
    jobs(first: $first, after: $after, last: $last, before: $before, state: $state) {
      totalCount
      nodes {
        ...JobFields
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

export const JOB = graphql(`
  query Job($id: ID!) {
    job(id: $id) {
      ...JobFields
    }
  }
`);

export const RETRY_JOB = graphql(`
  mutation RetryJob($id: ID!) {
    retryJob(id: $id) {
      job {
        ...JobFields
      }
    }
  }
`);

export const JOB_LIVE = graphql(`
  subscription JobLive($id: ID!) {
    jobUpdated(id: $id) {
      id
      state
    }
  }
`);
