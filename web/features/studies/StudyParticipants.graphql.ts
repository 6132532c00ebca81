import { graphql } from "../../graphql/generated/index.ts";

export const STUDY_PARTICIPANTS = graphql(`
  query StudyParticipants($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    study(id: $id) {
      id
      participants(first: $first, after: $after, last: $last, before: $before) {
        totalCount
        nodes {
          id
          number
          source
          createdAt
          joinedAt
          finishedAt
          revokedAt
          progress {
            votes
            attentionChecks
            attentionFailures
            lastVoteAt
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

export const REVOKE_PARTICIPANT = graphql(`
  mutation RevokeParticipant($id: ID!) {
    revokeParticipant(id: $id) {
      participant {
        id
        revokedAt
      }
    }
  }
`);

export const DELETE_PARTICIPANT = graphql(`
  mutation DeleteParticipant($id: ID!) {
    deleteParticipant(id: $id) {
      study {
        id
      }
    }
  }
`);
