import { graphql } from "./generated/index.ts";

/** Jobs anywhere. What an event carries goes into the cache by itself, so progress shows without another request. */
export const JOBS_LIVE = graphql(`
  subscription JobsLive {
    jobsUpdated {
      id
      state
      progress
      progressMessage
    }
  }
`);

/** Jobs about the rounds of one experiment; a state that changes is their round's news, too. */
export const EXPERIMENT_JOBS_LIVE = graphql(`
  subscription ExperimentJobsLive($experimentId: ID!) {
    jobsUpdated(experimentId: $experimentId) {
      id
      state
      progress
      progressMessage
      cancelRequestedAt
    }
  }
`);

/** Rounds of one experiment, in those aspects that what is shown depends on: nothing else is asked for again. */
export const ROUNDS_LIVE = graphql(`
  subscription RoundsLive($experimentId: ID!, $aspects: [RoundAspect!]!) {
    roundsUpdated(experimentId: $experimentId, aspects: $aspects) {
      id
      status
      sampleCount
    }
  }
`);

export const ROUND_LIVE = graphql(`
  subscription RoundLive($id: ID!) {
    roundUpdated(id: $id) {
      id
      status
      sampleCount
    }
  }
`);

export const METRICS_LIVE = graphql(`
  subscription MetricsLive($subjectId: ID!) {
    metricsLogged(subjectId: $subjectId) {
      id
    }
  }
`);
