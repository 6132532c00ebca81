import { graphql } from "../../graphql/generated/index.ts";

export const ROUND = graphql(`
  query Round($id: ID!) {
    round(id: $id) {
      id
      index
      sampleCount
      experiment {
        id
        name
        k
      }
      rewardModels {
        id
        name
        state
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

export const BEST_OF_K = graphql(`
  query BestOfK($model: ID!, $label: String!, $promptTag: String) {
    rewardModel(id: $model) {
      id
      bestOfK(label: $label, promptTag: $promptTag) {
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
