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
      plannedRounds
      postTraining
      createdAt
      forkedFrom {
        id
        name
      }
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
        ablations {
          id
          name
          progress {
            cells
            done
            failed
          }
        }
        rewardModels {
          id
          name
          strategy
          state
          heldOutAuc
          heldOutAucLow
          heldOutAucHigh
          heldOutAccuracy
          heldOutEce
          heldOutCount
          job {
            id
            state
            progress
            progressMessage
            startedAt
            cancelRequestedAt
            error
          }
        }
      }
    }
  }
`);

/** Aggregates over all samples of the rounds: asked apart, so that the page need not wait for them. */
export const ROUND_OUTCOMES = graphql(`
  query RoundOutcomes($id: ID!) {
    experiment(id: $id) {
      id
      rounds {
        id
        rewardModels {
          id
          bestOfKByLabel {
            label
            prompts
            wins
            accuracy
            low
            high
            chance
          }
          rewardSummary {
            prompts
            mean
            low
            high
            bestMean
          }
          pairs(first: 1) {
            totalCount
          }
        }
      }
    }
  }
`);

/** What rounds were measured by, and what their changes are evidence of. */
export const ROUND_METRICS = graphql(`
  query RoundMetrics($id: ID!) {
    experiment(id: $id) {
      id
      roundMetrics {
        name
        direction
        provenance
        values {
          roundId
          roundIndex
          value
          low
          high
          n
          bias
        }
        changes {
          fromRound
          toRound
          difference
          low
          high
          n
          test
          verdict
        }
      }
    }
  }
`);
