import { graphql } from "../../graphql/generated/index.ts";

export const EXPERIMENT = graphql(`
  query Experiment($id: ID!) {
    experiment(id: $id) {
      id
      name
      description
      status
      setting
      encoder
      k
      seed
      postTraining
      basePolicy {
        id
        name
      }
      promptSet {
        id
        name
        promptCount
      }
      proxySet {
        id
        name
        trainCount
        heldOutCount
      }
      rounds {
        id
        index
        status
        sampleCount
        policyIn {
          id
          name
        }
        rewardModels {
          id
          name
          strategy
          state
          heldOutAuc
          heldOutAccuracy
          heldOutEce
          heldOutCount
          job {
            id
            state
            progress
            progressMessage
            error
          }
          metrics(first: 1, name: "loss") {
            nodes {
              id
              buckets(count: 200) {
                fromStep
                toStep
                min
                max
                mean
              }
            }
          }
        }
      }
    }
  }
`);
