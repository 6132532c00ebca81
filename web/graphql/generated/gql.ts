/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query Experiments($first: Int!, $after: String, $search: String) {\n    experiments(first: $first, after: $after, search: $search) {\n      totalCount\n      nodes {\n        id\n        name\n        description\n        status\n        encoder\n        k\n        createdAt\n        rounds {\n          id\n          index\n          sampleCount\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.ExperimentsDocument,
    "\n  query Experiment($id: ID!) {\n    experiment(id: $id) {\n      id\n      name\n      description\n      status\n      setting\n      encoder\n      k\n      seed\n      postTraining\n      basePolicy {\n        id\n        name\n      }\n      promptSet {\n        id\n        name\n        promptCount\n      }\n      proxySet {\n        id\n        name\n        trainCount\n        heldOutCount\n      }\n      rounds {\n        id\n        index\n        status\n        sampleCount\n        policyIn {\n          id\n          name\n        }\n        rewardModels {\n          id\n          name\n          strategy\n          state\n          heldOutAuc\n          heldOutAccuracy\n          heldOutEce\n          heldOutCount\n          job {\n            id\n            state\n            progress\n            progressMessage\n            error\n          }\n          metrics(first: 1, name: \"loss\") {\n            nodes {\n              id\n              buckets(count: 200) {\n                fromStep\n                toStep\n                min\n                max\n                mean\n              }\n            }\n          }\n        }\n      }\n    }\n  }\n": typeof types.ExperimentDocument,
    "\n  query Jobs($first: Int!) {\n    jobs(first: $first) {\n      nodes {\n        id\n        kind\n        state\n        progress\n        progressMessage\n        attempts\n        worker\n        error\n        logTail\n        createdAt\n        startedAt\n        finishedAt\n        cancelRequestedAt\n      }\n    }\n  }\n": typeof types.JobsDocument,
    "\n  mutation CancelJob($id: ID!) {\n    cancelJob(id: $id) {\n      job {\n        id\n        state\n        cancelRequestedAt\n      }\n    }\n  }\n": typeof types.CancelJobDocument,
    "\n  query Round($id: ID!) {\n    round(id: $id) {\n      id\n      index\n      sampleCount\n      experiment {\n        id\n        name\n        k\n      }\n      rewardModels {\n        id\n        name\n        state\n      }\n    }\n  }\n": typeof types.RoundDocument,
    "\n  query PromptRows(\n    $id: ID!\n    $model: ID!\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n    $search: String\n    $promptTag: String\n  ) {\n    round(id: $id) {\n      id\n      promptRows(first: $first, after: $after, last: $last, before: $before, search: $search, promptTag: $promptTag) {\n        nodes {\n          prompt {\n            id\n            position\n            text\n            tags\n          }\n          samples {\n            id\n            k\n            seed\n            label\n            artifactSha256\n            score(rewardModelId: $model) {\n              score\n              rank\n            }\n          }\n        }\n        pageInfo {\n          hasNextPage\n          hasPreviousPage\n          startCursor\n          endCursor\n        }\n      }\n    }\n  }\n": typeof types.PromptRowsDocument,
    "\n  query BestOfK($model: ID!, $label: String!, $promptTag: String) {\n    rewardModel(id: $model) {\n      id\n      bestOfK(label: $label, promptTag: $promptTag) {\n        prompts\n        wins\n        accuracy\n        low\n        high\n        chance\n      }\n    }\n  }\n": typeof types.BestOfKDocument,
    "\n  query Viewer {\n    viewer {\n      name\n      role\n    }\n  }\n": typeof types.ViewerDocument,
    "\n  subscription JobsLive {\n    jobsUpdated {\n      id\n      state\n      progress\n      progressMessage\n    }\n  }\n": typeof types.JobsLiveDocument,
    "\n  subscription ExperimentJobsLive($experimentId: ID!) {\n    jobsUpdated(experimentId: $experimentId) {\n      id\n      state\n      progress\n      progressMessage\n    }\n  }\n": typeof types.ExperimentJobsLiveDocument,
    "\n  subscription RoundsLive($experimentId: ID!) {\n    roundsUpdated(experimentId: $experimentId) {\n      id\n      status\n      sampleCount\n    }\n  }\n": typeof types.RoundsLiveDocument,
    "\n  subscription RoundLive($id: ID!) {\n    roundUpdated(id: $id) {\n      id\n      status\n      sampleCount\n    }\n  }\n": typeof types.RoundLiveDocument,
    "\n  subscription MetricsLive($subjectId: ID!) {\n    metricsLogged(subjectId: $subjectId) {\n      id\n    }\n  }\n": typeof types.MetricsLiveDocument,
};
const documents: Documents = {
    "\n  query Experiments($first: Int!, $after: String, $search: String) {\n    experiments(first: $first, after: $after, search: $search) {\n      totalCount\n      nodes {\n        id\n        name\n        description\n        status\n        encoder\n        k\n        createdAt\n        rounds {\n          id\n          index\n          sampleCount\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.ExperimentsDocument,
    "\n  query Experiment($id: ID!) {\n    experiment(id: $id) {\n      id\n      name\n      description\n      status\n      setting\n      encoder\n      k\n      seed\n      postTraining\n      basePolicy {\n        id\n        name\n      }\n      promptSet {\n        id\n        name\n        promptCount\n      }\n      proxySet {\n        id\n        name\n        trainCount\n        heldOutCount\n      }\n      rounds {\n        id\n        index\n        status\n        sampleCount\n        policyIn {\n          id\n          name\n        }\n        rewardModels {\n          id\n          name\n          strategy\n          state\n          heldOutAuc\n          heldOutAccuracy\n          heldOutEce\n          heldOutCount\n          job {\n            id\n            state\n            progress\n            progressMessage\n            error\n          }\n          metrics(first: 1, name: \"loss\") {\n            nodes {\n              id\n              buckets(count: 200) {\n                fromStep\n                toStep\n                min\n                max\n                mean\n              }\n            }\n          }\n        }\n      }\n    }\n  }\n": types.ExperimentDocument,
    "\n  query Jobs($first: Int!) {\n    jobs(first: $first) {\n      nodes {\n        id\n        kind\n        state\n        progress\n        progressMessage\n        attempts\n        worker\n        error\n        logTail\n        createdAt\n        startedAt\n        finishedAt\n        cancelRequestedAt\n      }\n    }\n  }\n": types.JobsDocument,
    "\n  mutation CancelJob($id: ID!) {\n    cancelJob(id: $id) {\n      job {\n        id\n        state\n        cancelRequestedAt\n      }\n    }\n  }\n": types.CancelJobDocument,
    "\n  query Round($id: ID!) {\n    round(id: $id) {\n      id\n      index\n      sampleCount\n      experiment {\n        id\n        name\n        k\n      }\n      rewardModels {\n        id\n        name\n        state\n      }\n    }\n  }\n": types.RoundDocument,
    "\n  query PromptRows(\n    $id: ID!\n    $model: ID!\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n    $search: String\n    $promptTag: String\n  ) {\n    round(id: $id) {\n      id\n      promptRows(first: $first, after: $after, last: $last, before: $before, search: $search, promptTag: $promptTag) {\n        nodes {\n          prompt {\n            id\n            position\n            text\n            tags\n          }\n          samples {\n            id\n            k\n            seed\n            label\n            artifactSha256\n            score(rewardModelId: $model) {\n              score\n              rank\n            }\n          }\n        }\n        pageInfo {\n          hasNextPage\n          hasPreviousPage\n          startCursor\n          endCursor\n        }\n      }\n    }\n  }\n": types.PromptRowsDocument,
    "\n  query BestOfK($model: ID!, $label: String!, $promptTag: String) {\n    rewardModel(id: $model) {\n      id\n      bestOfK(label: $label, promptTag: $promptTag) {\n        prompts\n        wins\n        accuracy\n        low\n        high\n        chance\n      }\n    }\n  }\n": types.BestOfKDocument,
    "\n  query Viewer {\n    viewer {\n      name\n      role\n    }\n  }\n": types.ViewerDocument,
    "\n  subscription JobsLive {\n    jobsUpdated {\n      id\n      state\n      progress\n      progressMessage\n    }\n  }\n": types.JobsLiveDocument,
    "\n  subscription ExperimentJobsLive($experimentId: ID!) {\n    jobsUpdated(experimentId: $experimentId) {\n      id\n      state\n      progress\n      progressMessage\n    }\n  }\n": types.ExperimentJobsLiveDocument,
    "\n  subscription RoundsLive($experimentId: ID!) {\n    roundsUpdated(experimentId: $experimentId) {\n      id\n      status\n      sampleCount\n    }\n  }\n": types.RoundsLiveDocument,
    "\n  subscription RoundLive($id: ID!) {\n    roundUpdated(id: $id) {\n      id\n      status\n      sampleCount\n    }\n  }\n": types.RoundLiveDocument,
    "\n  subscription MetricsLive($subjectId: ID!) {\n    metricsLogged(subjectId: $subjectId) {\n      id\n    }\n  }\n": types.MetricsLiveDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Experiments($first: Int!, $after: String, $search: String) {\n    experiments(first: $first, after: $after, search: $search) {\n      totalCount\n      nodes {\n        id\n        name\n        description\n        status\n        encoder\n        k\n        createdAt\n        rounds {\n          id\n          index\n          sampleCount\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): (typeof documents)["\n  query Experiments($first: Int!, $after: String, $search: String) {\n    experiments(first: $first, after: $after, search: $search) {\n      totalCount\n      nodes {\n        id\n        name\n        description\n        status\n        encoder\n        k\n        createdAt\n        rounds {\n          id\n          index\n          sampleCount\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Experiment($id: ID!) {\n    experiment(id: $id) {\n      id\n      name\n      description\n      status\n      setting\n      encoder\n      k\n      seed\n      postTraining\n      basePolicy {\n        id\n        name\n      }\n      promptSet {\n        id\n        name\n        promptCount\n      }\n      proxySet {\n        id\n        name\n        trainCount\n        heldOutCount\n      }\n      rounds {\n        id\n        index\n        status\n        sampleCount\n        policyIn {\n          id\n          name\n        }\n        rewardModels {\n          id\n          name\n          strategy\n          state\n          heldOutAuc\n          heldOutAccuracy\n          heldOutEce\n          heldOutCount\n          job {\n            id\n            state\n            progress\n            progressMessage\n            error\n          }\n          metrics(first: 1, name: \"loss\") {\n            nodes {\n              id\n              buckets(count: 200) {\n                fromStep\n                toStep\n                min\n                max\n                mean\n              }\n            }\n          }\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query Experiment($id: ID!) {\n    experiment(id: $id) {\n      id\n      name\n      description\n      status\n      setting\n      encoder\n      k\n      seed\n      postTraining\n      basePolicy {\n        id\n        name\n      }\n      promptSet {\n        id\n        name\n        promptCount\n      }\n      proxySet {\n        id\n        name\n        trainCount\n        heldOutCount\n      }\n      rounds {\n        id\n        index\n        status\n        sampleCount\n        policyIn {\n          id\n          name\n        }\n        rewardModels {\n          id\n          name\n          strategy\n          state\n          heldOutAuc\n          heldOutAccuracy\n          heldOutEce\n          heldOutCount\n          job {\n            id\n            state\n            progress\n            progressMessage\n            error\n          }\n          metrics(first: 1, name: \"loss\") {\n            nodes {\n              id\n              buckets(count: 200) {\n                fromStep\n                toStep\n                min\n                max\n                mean\n              }\n            }\n          }\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Jobs($first: Int!) {\n    jobs(first: $first) {\n      nodes {\n        id\n        kind\n        state\n        progress\n        progressMessage\n        attempts\n        worker\n        error\n        logTail\n        createdAt\n        startedAt\n        finishedAt\n        cancelRequestedAt\n      }\n    }\n  }\n"): (typeof documents)["\n  query Jobs($first: Int!) {\n    jobs(first: $first) {\n      nodes {\n        id\n        kind\n        state\n        progress\n        progressMessage\n        attempts\n        worker\n        error\n        logTail\n        createdAt\n        startedAt\n        finishedAt\n        cancelRequestedAt\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CancelJob($id: ID!) {\n    cancelJob(id: $id) {\n      job {\n        id\n        state\n        cancelRequestedAt\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CancelJob($id: ID!) {\n    cancelJob(id: $id) {\n      job {\n        id\n        state\n        cancelRequestedAt\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Round($id: ID!) {\n    round(id: $id) {\n      id\n      index\n      sampleCount\n      experiment {\n        id\n        name\n        k\n      }\n      rewardModels {\n        id\n        name\n        state\n      }\n    }\n  }\n"): (typeof documents)["\n  query Round($id: ID!) {\n    round(id: $id) {\n      id\n      index\n      sampleCount\n      experiment {\n        id\n        name\n        k\n      }\n      rewardModels {\n        id\n        name\n        state\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PromptRows(\n    $id: ID!\n    $model: ID!\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n    $search: String\n    $promptTag: String\n  ) {\n    round(id: $id) {\n      id\n      promptRows(first: $first, after: $after, last: $last, before: $before, search: $search, promptTag: $promptTag) {\n        nodes {\n          prompt {\n            id\n            position\n            text\n            tags\n          }\n          samples {\n            id\n            k\n            seed\n            label\n            artifactSha256\n            score(rewardModelId: $model) {\n              score\n              rank\n            }\n          }\n        }\n        pageInfo {\n          hasNextPage\n          hasPreviousPage\n          startCursor\n          endCursor\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query PromptRows(\n    $id: ID!\n    $model: ID!\n    $first: Int\n    $after: String\n    $last: Int\n    $before: String\n    $search: String\n    $promptTag: String\n  ) {\n    round(id: $id) {\n      id\n      promptRows(first: $first, after: $after, last: $last, before: $before, search: $search, promptTag: $promptTag) {\n        nodes {\n          prompt {\n            id\n            position\n            text\n            tags\n          }\n          samples {\n            id\n            k\n            seed\n            label\n            artifactSha256\n            score(rewardModelId: $model) {\n              score\n              rank\n            }\n          }\n        }\n        pageInfo {\n          hasNextPage\n          hasPreviousPage\n          startCursor\n          endCursor\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query BestOfK($model: ID!, $label: String!, $promptTag: String) {\n    rewardModel(id: $model) {\n      id\n      bestOfK(label: $label, promptTag: $promptTag) {\n        prompts\n        wins\n        accuracy\n        low\n        high\n        chance\n      }\n    }\n  }\n"): (typeof documents)["\n  query BestOfK($model: ID!, $label: String!, $promptTag: String) {\n    rewardModel(id: $model) {\n      id\n      bestOfK(label: $label, promptTag: $promptTag) {\n        prompts\n        wins\n        accuracy\n        low\n        high\n        chance\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Viewer {\n    viewer {\n      name\n      role\n    }\n  }\n"): (typeof documents)["\n  query Viewer {\n    viewer {\n      name\n      role\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription JobsLive {\n    jobsUpdated {\n      id\n      state\n      progress\n      progressMessage\n    }\n  }\n"): (typeof documents)["\n  subscription JobsLive {\n    jobsUpdated {\n      id\n      state\n      progress\n      progressMessage\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription ExperimentJobsLive($experimentId: ID!) {\n    jobsUpdated(experimentId: $experimentId) {\n      id\n      state\n      progress\n      progressMessage\n    }\n  }\n"): (typeof documents)["\n  subscription ExperimentJobsLive($experimentId: ID!) {\n    jobsUpdated(experimentId: $experimentId) {\n      id\n      state\n      progress\n      progressMessage\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RoundsLive($experimentId: ID!) {\n    roundsUpdated(experimentId: $experimentId) {\n      id\n      status\n      sampleCount\n    }\n  }\n"): (typeof documents)["\n  subscription RoundsLive($experimentId: ID!) {\n    roundsUpdated(experimentId: $experimentId) {\n      id\n      status\n      sampleCount\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription RoundLive($id: ID!) {\n    roundUpdated(id: $id) {\n      id\n      status\n      sampleCount\n    }\n  }\n"): (typeof documents)["\n  subscription RoundLive($id: ID!) {\n    roundUpdated(id: $id) {\n      id\n      status\n      sampleCount\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription MetricsLive($subjectId: ID!) {\n    metricsLogged(subjectId: $subjectId) {\n      id\n    }\n  }\n"): (typeof documents)["\n  subscription MetricsLive($subjectId: ID!) {\n    metricsLogged(subjectId: $subjectId) {\n      id\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;