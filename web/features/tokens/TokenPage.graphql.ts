import { graphql } from "../../graphql/generated/index.ts";

export const TOKENS = graphql(`
  query Tokens {
    apiTokens {
      id
      name
      role
      prefix
      createdAt
      lastUsedAt
      expiresAt
      revokedAt
    }
  }
`);

export const CREATE_TOKEN = graphql(`
  mutation CreateToken($input: CreateTokenInput!) {
    createToken(input: $input) {
      secret
      token {
        id
      }
    }
  }
`);

export const REVOKE_TOKEN = graphql(`
  mutation RevokeToken($id: ID!) {
    revokeToken(id: $id) {
      token {
        id
        revokedAt
      }
    }
  }
`);
