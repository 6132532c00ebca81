import { graphql } from "../../graphql/generated/index.ts";

/** The run of an experiment: how far each step is, and what its numbers may hide. */
export const EXPERIMENT_RUN = graphql(`
  query ExperimentRun($id: ID!) {
    experiment(id: $id) {
      id
      run {
        id
        state
        error
        progress
        secondsLeft
        earlyStop {
          roundIndex
          metric
          value
          threshold
        }
        settings
        alarms {
          kind
          roundIndex
          value
          threshold
        }
        steps {
          roundIndex
          kind
          state
          job {
            id
            progress
            progressMessage
          }
          round {
            id
            policyIn {
              id
              name
            }
            policyOut {
              id
              name
            }
          }
        }
      }
    }
  }
`);

/** How far the run is, which goes into the cache by itself; its jobs say the same of the steps. */
export const RUN_LIVE = graphql(`
  subscription RunLive($id: ID!) {
    runUpdated(id: $id) {
      id
      state
      error
      progress
      secondsLeft
    }
  }
`);

export const CANCEL_RUN = graphql(`
  mutation CancelRun($id: ID!) {
    cancelRun(id: $id) {
      run {
        id
        state
      }
    }
  }
`);

export const RESUME_RUN = graphql(`
  mutation ResumeRun($id: ID!) {
    resumeRun(id: $id) {
      run {
        id
        state
      }
    }
  }
`);
