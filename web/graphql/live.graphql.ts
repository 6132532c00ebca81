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

/** Jobs about the rounds of one experiment. */
export const EXPERIMENT_JOBS_LIVE = graphql(`
  subscription ExperimentJobsLive($experimentId: ID!) {
    jobsUpdated(experimentId: $experimentId) {
      id
      state
      progress
      progressMessage
    }
  }
`);

export const ROUNDS_LIVE = graphql(`
  subscription RoundsLive($experimentId: ID!) {
    roundsUpdated(experimentId: $experimentId) {
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
