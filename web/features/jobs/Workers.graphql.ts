import { graphql } from "../../graphql/generated/index.ts";

export const WORKERS = graphql(`
  query Workers {
    workers {
      name
      state
      provider
      device
      since
      heardAt
      job {
        id
        kind
        state
        progress
      }
    }
  }
`);
