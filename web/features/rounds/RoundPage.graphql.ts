import { graphql } from "../../graphql/generated/index.ts";

export const ROUND = graphql(`
  query Round($id: ID!) {
    round(id: $id) {
      id
      index
      status
      sampleCount
      policyIn {
        id
        name
      }
      experiment {
        id
        name
        k
        rounds {
          id
          index
        }
      }
      rewardModels {
        id
        name
        state
      }
    }
  }
`);

/** Metrics of the round itself; asked apart, since the samples need not wait for them. */
export const ROUND_MEASURES = graphql(`
  query RoundMeasures($id: ID!) {
    round(id: $id) {
      id
      metrics(first: 100) {
        nodes {
          id
          name
          direction
          provenance
          latest {
            value
            low
            high
            n
            bias
          }
        }
      }
    }
  }
`);

export const PROMPT_ROWS = graphql(`
  query PromptRows(
    $id: ID!
    $model: ID!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $search: String
    $promptTag: String
  ) {
    round(id: $id) {
      id
      promptRows(first: $first, after: $after, last: $last, before: $before, search: $search, promptTag: $promptTag) {
        nodes {
          prompt {
            id
            position
            text
            tags
          }
          samples {
            id
            k
            seed
            label
            artifactSha256
            score(rewardModelId: $model) {
              score
              logit
              rank
            }
          }
        }
        pageInfo {
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
      }
    }
  }
`);

/** Counted apart from the pages: it costs a look at every prompt. */
export const PROMPT_COUNT = graphql(`
  query PromptCount($id: ID!, $search: String, $promptTag: String) {
    round(id: $id) {
      id
      promptRows(first: 1, search: $search, promptTag: $promptTag) {
        totalCount
      }
    }
  }
`);

export const PICKS = graphql(`
  query Picks($model: ID!, $promptTag: String) {
    rewardModel(id: $model) {
      id
      bestOfKByLabel(promptTag: $promptTag) {
        label
        prompts
        wins
        accuracy
        low
        high
        chance
      }
    }
  }
`);
