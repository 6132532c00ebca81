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
          rewardModels {
            id
            name
            state
          }
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
    $rewards: RewardFilter
  ) {
    round(id: $id) {
      id
      promptRows(
        first: $first
        after: $after
        last: $last
        before: $before
        search: $search
        promptTag: $promptTag
        rewards: $rewards
      ) {
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
            frames
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

/** How long the list of prompts is, and a cursor for every block of it. Apart from the pages: it looks at every prompt. */
export const PROMPT_MARKS = graphql(`
  query PromptMarks($id: ID!, $search: String, $promptTag: String, $rewards: RewardFilter, $every: Int!) {
    round(id: $id) {
      id
      list: promptRows(first: 1, search: $search, promptTag: $promptTag, rewards: $rewards) {
        totalCount
        marks(every: $every)
      }
    }
  }
`);

/** Samples one by one, by reward or by disagreement. */
export const ROUND_SAMPLES = graphql(`
  query RoundSamples(
    $id: ID!
    $model: ID!
    $against: ID!
    $order: SampleOrder!
    $first: Int
    $after: String
    $search: String
    $promptTag: String
    $rewards: RewardFilter
  ) {
    round(id: $id) {
      id
      samples(
        orderBy: $order
        rewardModelId: $model
        otherRewardModelId: $against
        first: $first
        after: $after
        search: $search
        promptTag: $promptTag
        rewards: $rewards
      ) {
        nodes {
          id
          k
          seed
          label
          artifactSha256
          frames
          prompt {
            id
            position
            text
          }
          score(rewardModelId: $model) {
            score
            logit
            rank
          }
          other: score(rewardModelId: $against) {
            score
            logit
            rank
          }
        }
      }
    }
  }
`);

export const SAMPLE_MARKS = graphql(`
  query SampleMarks(
    $id: ID!
    $model: ID!
    $against: ID!
    $order: SampleOrder!
    $search: String
    $promptTag: String
    $rewards: RewardFilter
    $every: Int!
  ) {
    round(id: $id) {
      id
      list: samples(
        first: 1
        orderBy: $order
        rewardModelId: $model
        otherRewardModelId: $against
        search: $search
        promptTag: $promptTag
        rewards: $rewards
      ) {
        totalCount
        marks(every: $every)
      }
    }
  }
`);

/** One prompt with its samples in a round, wherever the list is. */
export const PROMPT_ROW = graphql(`
  query PromptRow($id: ID!, $promptId: ID!, $model: ID!) {
    round(id: $id) {
      id
      promptRow(promptId: $promptId) {
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
          frames
          score(rewardModelId: $model) {
            score
            logit
            rank
          }
        }
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
