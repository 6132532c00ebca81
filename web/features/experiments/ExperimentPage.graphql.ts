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
        policyOut {
          id
          name
          origin
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

/** What it took so far: a pass over all jobs, so asked apart. */
export const EXPERIMENT_COST = graphql(`
  query ExperimentCost($id: ID!) {
    experiment(id: $id) {
      id
      cost {
        workerSeconds
        imagesDrawn
        kinds {
          kind
          jobs
          lost
          workerSeconds
          imagesDrawn
        }
      }
    }
  }
`);

/** One round prompt by prompt against another. */
export const PROMPT_OUTCOMES = graphql(`
  query PromptOutcomes($round: ID!, $baseline: ID!, $first: Int!) {
    round(id: $round) {
      id
      promptOutcomes(baselineId: $baseline, first: $first) {
        name
        direction
        provenance
        prompts
        wins
        losses
        ties
        winRate
        low
        high
        p
        mostImproved {
          ...PromptChangeShown
        }
        mostWorsened {
          ...PromptChangeShown
        }
      }
    }
  }

  fragment PromptChangeShown on PromptChange {
    promptId
    text
    position
    samples
    before
    after
    gain
    beforeSha256
    afterSha256
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
