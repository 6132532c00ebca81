import { graphql } from "../../graphql/generated/index.ts";

export const REWARD_MODEL = graphql(`
  query RewardModelPage($id: ID!) {
    rewardModel(id: $id) {
      id
      name
      strategy
      state
      encoder
      seed
      hyperparameters
      createdAt
      heldOutAuc
      heldOutAucLow
      heldOutAucHigh
      heldOutAccuracy
      heldOutEce
      heldOutBrier
      heldOutCount
      trainedSteps
      keptStep
      bootstrap {
        pool
        m
      }
      run {
        key
        snapshotSteps
      }
      imageOnnx {
        sha256
        url
        byteSize
      }
      onnx {
        sha256
        url
        byteSize
      }
      weights {
        sha256
        url
        byteSize
      }
      job {
        id
        state
        progress
        progressMessage
        startedAt
        cancelRequestedAt
        error
      }
      reliability {
        from
        to
        n
        meanScore
        positiveShare
      }
      curves {
        roc {
          falsePositiveRate
          truePositiveRate
          threshold
        }
        training {
          trainProxy {
            ...Histogram
          }
          trainGenerated {
            ...Histogram
          }
          heldOutProxy {
            ...Histogram
          }
          heldOutGenerated {
            ...Histogram
          }
        }
        samples {
          ...Histogram
        }
      }
      rankSlices {
        name
        direction
        provenance
        ranks {
          rank
          value
          low
          high
          bias
          n
        }
      }
      round {
        id
        index
        experiment {
          id
          name
          k
          rounds {
            id
            index
            rewardModels {
              id
              name
              state
              heldOutAuc
              heldOutAucLow
              heldOutAucHigh
              curves {
                training {
                  heldOutProxy {
                    ...Histogram
                  }
                  heldOutGenerated {
                    ...Histogram
                  }
                }
                samples {
                  ...Histogram
                }
              }
            }
          }
        }
      }
    }
  }

  fragment Histogram on RewardHistogram {
    n
    meanLogit
    counts
  }
`);

export const REWARD_MODEL_METRICS = graphql(`
  query RewardModelMetrics($id: ID!, $buckets: Int!, $from: Int, $to: Int) {
    rewardModel(id: $id) {
      id
      metrics(first: 50) {
        nodes {
          id
          name
          direction
          provenance
          latest {
            step
            value
            n
            low
            high
          }
          buckets(count: $buckets, fromStep: $from, toStep: $to) {
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
`);

/** Both ends of the order by reward: asked apart, so that the page need not wait for pictures. */
export const PREFERRED_SAMPLES = graphql(`
  query PreferredSamples($round: ID!, $model: ID!, $n: Int!) {
    round(id: $round) {
      id
      most: samples(orderBy: REWARD, rewardModelId: $model, first: $n) {
        nodes {
          ...PreferredSample
        }
      }
      least: samples(orderBy: REWARD, rewardModelId: $model, last: $n) {
        nodes {
          ...PreferredSample
        }
      }
    }
  }

  fragment PreferredSample on Sample {
    id
    k
    label
    artifactSha256
    prompt {
      id
      text
    }
    score(rewardModelId: $model) {
      score
      logit
      rank
    }
  }
`);
