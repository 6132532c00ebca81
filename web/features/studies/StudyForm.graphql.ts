import { graphql } from "../../graphql/generated/index.ts";

export const COMPARABLE_EXPERIMENT = graphql(`
  fragment ComparableExperiment on Experiment {
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
`);

export const COMPARABLE_ROUNDS = graphql(`
  query ComparableRounds {
    experiments(first: 50) {
      nodes {
        ...ComparableExperiment
      }
    }
  }
`);

/** A draft as the form shows it. Its own experiments come along: they may be too old for the list. */
export const STUDY_DRAFT = graphql(`
  query StudyDraft($id: ID!) {
    experiments(first: 50) {
      nodes {
        ...ComparableExperiment
      }
    }
    study(id: $id) {
      id
      name
      state
      question
      instructions
      promptTag
      promptPositions
      promptCount
      seed
      votesPerItem
      itemsPerParticipant
      targetParticipants
      allowTies
      allowCannotJudge
      adaptive
      practice
      attentionChecks
      repeats
      minResponseMs
      attentionFailures
      completionCode
      redirectUrl
      keepPanelIds
      arms {
        id
        name
        k
        rewardModel {
          id
        }
        round {
          id
          experiment {
            ...ComparableExperiment
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

export const UPDATE_STUDY = graphql(`
  mutation UpdateStudy($id: ID!, $input: StudyInput!) {
    updateStudy(id: $id, input: $input) {
      study {
        id
      }
    }
  }
`);
