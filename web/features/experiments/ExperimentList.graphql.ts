import { graphql } from "../../graphql/generated/index.ts";

export const EXPERIMENTS = graphql(`
  query Experiments(
    $first: Int
    $after: String
    $last: Int
    $before: String
    $search: String
    $status: ExperimentStatus
    $orderBy: ExperimentOrder
  ) {
    experiments(
      first: $first
      after: $after
      last: $last
      before: $before
      search: $search
      status: $status
      orderBy: $orderBy
    ) {
      totalCount
      nodes {
        id
        name
        description
        status
        encoder
        k
        createdAt
        rounds {
          id
          index
          sampleCount
          rewardModels {
            id
            name
            state
            heldOutAuc
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
`);
