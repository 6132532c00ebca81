import { graphql } from "../../graphql/generated/index.ts";

/** What each arm draws for the first held-out prompts: this experiment's rounds, and those of others that begin alike. */
export const CONTACT_SHEETS = graphql(`
  query ContactSheets($id: ID!, $promptTag: String!, $prompts: Int!) {
    experiment(id: $id) {
      id
      name
      postTraining
      rounds {
        ...SheetOfRound
        rewardModels {
          id
          name
        }
      }
      siblings {
        id
        name
        postTraining
        rounds {
          ...SheetOfRound
        }
      }
    }
  }

  fragment SheetOfRound on Round {
    id
    index
    policyIn {
      id
      name
    }
    promptRows(first: $prompts, promptTag: $promptTag) {
      nodes {
        prompt {
          position
          text
        }
        samples {
          id
          k
          artifactSha256
        }
      }
    }
  }
`);

/** The ranks of round 1's samples, for the column of selection alone. */
export const SELECTED_SAMPLES = graphql(`
  query SelectedSamples($roundId: ID!, $rewardModelId: ID!, $promptTag: String!, $prompts: Int!) {
    round(id: $roundId) {
      id
      promptRows(first: $prompts, promptTag: $promptTag) {
        nodes {
          samples {
            id
            score(rewardModelId: $rewardModelId) {
              rank
            }
          }
        }
      }
    }
  }
`);
