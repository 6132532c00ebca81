import { graphql } from "../../graphql/generated/index.ts";

export const SEARCH = graphql(`
  query Search($text: String!) {
    search(text: $text) {
      kind
      id
      title
      detail
      experimentId
      roundId
    }
  }
`);
