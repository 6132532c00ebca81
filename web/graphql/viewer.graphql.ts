import { graphql } from "./generated/index.ts";

export const VIEWER = graphql(`
  query Viewer {
    viewer {
      name
      role
    }
  }
`);
