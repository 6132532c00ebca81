import { graphql } from "../../graphql/generated/index.ts";

/** What is worth a notice is asked for when a job has ended: while it runs, an event is two fields. */
export const JOB_ENDS = graphql(`
  subscription JobEnds {
    jobsUpdated {
      id
      state
    }
  }
`);

export const ENDED_JOB = graphql(`
  query EndedJob($id: ID!) {
    job(id: $id) {
      id
      kind
      state
      input
      error
      round {
        id
        index
        experiment {
          id
          name
        }
      }
    }
  }
`);
