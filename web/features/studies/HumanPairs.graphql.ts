import { graphql } from "../../graphql/generated/index.ts";

/** Reward models beside whose pairs a study's may stand: of the experiments that it compares. */
export const PAIR_MODELS = graphql(`
  query PairModels($studyId: ID!) {
    study(id: $studyId) {
      id
      arms {
        id
        round {
          id
          experiment {
            id
            name
            rounds {
              id
              index
              status
              rewardModels {
                id
                name
                state
              }
            }
          }
        }
      }
    }
  }
`);

export const RECORD_HUMAN_PAIRS = graphql(`
  mutation RecordHumanPairs($input: RecordHumanPairsInput!) {
    recordHumanPairs(input: $input) {
      inserted
      rewardModel {
        id
        name
        round {
          id
          index
        }
      }
    }
  }
`);
