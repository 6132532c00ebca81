import { graphql } from "../../graphql/generated/index.ts";

export const COMPARISON = graphql(`
  query Comparison($subjects: [ComparedSubjectInput!]!, $baselineId: ID, $reportedTables: [String!]) {
    comparison(subjects: $subjects, baselineId: $baselineId, reportedTables: $reportedTables) {
      missing
      baselineId
      subjects {
        kind
        id
        name
        detail
      }
      metrics {
        name
        family
        direction
        distinction {
          field
          value
          others
        }
        values {
          value
          low
          high
          n
          bias
          roundIndex
          experiment
          best
          tied
          incompatible {
            field
            value
            others
          }
          difference {
            difference
            low
            high
            n
            test
            verdict
          }
        }
      }
      settings {
        name
        values
        differs
      }
      reported {
        source
        table
        row
        values {
          metric
          value
        }
      }
    }
  }
`);

export const REPORTED_TABLES = graphql(`
  query ReportedTables {
    reportedTables {
      name
      source
    }
  }
`);

/** What can be compared, by its words. */
export const COMPARABLE = graphql(`
  query Comparable($text: String!) {
    search(text: $text) {
      kind
      id
      title
      detail
    }
  }
`);
