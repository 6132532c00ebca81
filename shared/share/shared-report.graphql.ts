/**
 * All that a share link shows, as two fixed questions: the server asks them in the place of the visitor, who can't ask anything else.
 * Whatever is selected here is seen by everybody who has the link. Nothing here leads to another experiment (no `forkedFrom`, no
 * `siblings`), and nothing to who works here (jobs, workers, logs).
 */
export const SHARED_EXPERIMENT = /* GraphQL */ `
  query SharedExperiment($id: ID!) {
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
      basePolicy {
        name
      }
      promptSet {
        name
        promptCount
      }
      proxySet {
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
          name
        }
        rewardModels {
          id
          name
          strategy
          state
          heldOutAuc
          heldOutAucLow
          heldOutAucHigh
          heldOutCount
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
`;

/** A page of a round's prompts with their samples, ranked by one of the round's own reward models. */
export const SHARED_ROUND = /* GraphQL */ `
  query SharedRound($id: ID!, $rewardModelId: ID!, $after: String) {
    round(id: $id) {
      id
      index
      promptRows(first: 12, after: $after) {
        nodes {
          prompt {
            position
            text
          }
          samples {
            id
            k
            artifactSha256
            score(rewardModelId: $rewardModelId) {
              rank
              score
            }
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`;
