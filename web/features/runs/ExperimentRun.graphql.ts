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
          progress
          job {
            id
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

export const RUN_LIVE = graphql(`
  subscription RunLive($id: ID!) {
    runUpdated(id: $id) {
      id
      state
      progress
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
