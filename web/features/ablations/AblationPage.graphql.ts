import { graphql } from "../../graphql/generated/index.ts";

export const ABLATION = graphql(`
  query AblationTable($id: ID!, $baseline: Int!) {
    ablation(id: $id) {
      id
      name
      promptTag
      label
      judgedPromptCount
      seeds
      createdAt
      round {
        id
        index
        experiment {
          id
          name
        }
      }
      progress {
        cells
        done
        failed
      }
      table(baseline: $baseline) {
        baseline
        columns {
          name
          direction
          provenance
        }
        rows {
          position
          label
          strategy
          encoder
          n
          k
          alpha
          m
          chance
          doneCount
          values {
            metric
            n
            mean
            sd
            low
            high
            bias
            best
            cells {
              cellId
              seed
              value
            }
            difference {
              n
              mean
              low
              high
              verdict
            }
            differenceByPrompt {
              n
              mean
              low
              high
              verdict
            }
          }
        }
      }
    }
  }
`);

export const ABLATION_LIVE = graphql(`
  subscription AblationLive($id: ID!) {
    ablationUpdated(id: $id) {
      id
      progress {
        cells
        done
        failed
      }
    }
  }
`);
