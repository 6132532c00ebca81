import { graphql } from "../../graphql/generated/index.ts";

export const NEAREST_PROXIES = graphql(`
  query NearestProxies($sampleId: ID!, $first: Int!) {
    nearestProxyItems(sampleId: $sampleId, first: $first) {
      encoder
      compared
      itemCount
      items {
        distance
        item {
          id
          split
          fileName
          prompt
          artifact {
            sha256
          }
        }
      }
    }
  }
`);
