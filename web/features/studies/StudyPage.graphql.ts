import { graphql } from "../../graphql/generated/index.ts";

export const STUDY = graphql(`
  query StudyPage($id: ID!, $exclusions: Boolean!) {
    study(id: $id) {
      id
      name
      state
      question
      instructions
      promptTag
      promptPositions
      promptCount
      completionCode
      redirectUrl
      seed
      votesPerItem
      itemsPerParticipant
      targetParticipants
      allowTies
      allowCannotJudge
      adaptive
      practice
      attentionChecks
      attentionFailures
      repeats
      minResponseMs
      keepPanelIds
      planSha256
      linkCreatedAt
      createdAt
      openedAt
      closedAt
      arms {
        id
        position
        name
        selection
        k
        rewardModel {
          id
          name
        }
        round {
          id
          index
          experiment {
            id
            name
          }
          policyIn {
            id
            name
          }
        }
      }
      progress {
        items
        participants
        joined
        finished
        votes
        votesWanted
      }
      exports {
        kind
        url
        fileName
      }
      methods
      analysis(exclusions: $exclusions) {
        exclusions
        votes
        participants
        excluded {
          participants
          ofParticipants
          tooFast
        }
        pairs {
          arm
          against
          votes
          wins
          losses
          ties
          cannotJudge
          rate
          wilson {
            low
            high
          }
          clustered {
            low
            high
            designEffect
          }
          naiveP
          participants {
            favourable
            unfavourable
            even
            p
          }
          votesToSettle
        }
        strengths {
          problem
          strengths {
            value
            low
            high
          }
        }
        agreement {
          krippendorff
          fleiss {
            kappa
            observed
            items
          }
        }
        side {
          share
          low
          high
          n
          p
        }
        repeats {
          count
          n
          share
        }
        responseMs {
          lower
          median
          upper
        }
        scorers {
          id
          name
          rewardModel
          votes
          items
          accuracy
          interval {
            low
            high
          }
          itemAccuracy
          calibration {
            brier
            error
            bins {
              predicted
              observed
              n
            }
          }
        }
        items {
          itemId
          promptPosition
          prompt
          arm
          against
          wins
          losses
          ties
          cannotJudge
        }
        byParticipant {
          participant
          votes
          rate
          leftShare
          medianMs
          attentionChecks
          attentionFailures
          repeats
          repeatsSame
          excluded
        }
      }
    }
  }
`);

/** The frozen plan names every image, so it is fetched when somebody looks at it. */
export const STUDY_PLAN = graphql(`
  query StudyPlan($id: ID!) {
    study(id: $id) {
      id
      plan
      planSha256
    }
  }
`);

export const STUDY_LIVE = graphql(`
  subscription StudyLive($id: ID!) {
    studyUpdated(id: $id) {
      id
      state
      progress {
        votes
        joined
        finished
      }
    }
  }
`);

export const OPEN_STUDY = graphql(`
  mutation OpenStudy($id: ID!) {
    openStudy(id: $id) {
      study {
        id
        state
        planSha256
        openedAt
      }
    }
  }
`);

export const CLOSE_STUDY = graphql(`
  mutation CloseStudy($id: ID!) {
    closeStudy(id: $id) {
      study {
        id
        state
        closedAt
      }
    }
  }
`);

export const STUDY_LINK = graphql(`
  mutation CreateStudyLink($id: ID!) {
    createStudyLink(id: $id) {
      token
      study {
        id
        linkCreatedAt
      }
    }
  }
`);

export const PREVIEW_STUDY = graphql(`
  mutation PreviewStudy($id: ID!) {
    previewStudy(id: $id) {
      token
    }
  }
`);

export const INVITE = graphql(`
  mutation InviteParticipants($input: InviteParticipantsInput!) {
    inviteParticipants(input: $input) {
      study {
        id
      }
      invites {
        token
        participant {
          id
          number
        }
      }
    }
  }
`);

export const REVOKE_STUDY_LINK = graphql(`
  mutation RevokeStudyLink($id: ID!) {
    revokeStudyLink(id: $id) {
      study {
        id
        linkCreatedAt
      }
    }
  }
`);

export const DELETE_STUDY = graphql(`
  mutation DeleteStudy($id: ID!) {
    deleteStudy(id: $id) {
      deletedId
    }
  }
`);
