import { graphql } from "../../graphql/generated/index.ts";

export const SHARE_LINKS = graphql(`
  query ShareLinks($experimentId: ID!) {
    shareLinks(experimentId: $experimentId) {
      id
      name
      createdBy
      createdAt
      expiresAt
      lastUsedAt
      revokedAt
    }
  }
`);

export const CREATE_SHARE_LINK = graphql(`
  mutation CreateShareLink($input: CreateShareLinkInput!) {
    createShareLink(input: $input) {
      path
      link {
        id
      }
    }
  }
`);

export const REVOKE_SHARE_LINK = graphql(`
  mutation RevokeShareLink($id: ID!) {
    revokeShareLink(id: $id) {
      link {
        id
        revokedAt
      }
    }
  }
`);
