import { graphql } from "../../graphql/generated/index.ts";

export const COMPARABLE_ROUNDS = graphql(`
  query ComparableRounds {
    experiments(first: 50) {
      nodes {
        id
        name
        promptSet {
          id
          name
          promptCount
        }
        rounds {
          id
          index
          sampleCount
          policyIn {
            id
            name
          }
          rewardModels {
            id
            name
            state
          }
        }
      }
    }
  }
`);

export const CREATE_STUDY = graphql(`
  mutation CreateStudy($input: StudyInput!) {
    createStudy(input: $input) {
      study {
        id
      }
    }
  }
`);
