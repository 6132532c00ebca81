/** The GraphQL operations of the demo, as any client would send them; README shows the same calls. */
export const FIND = `query Find($name: String!) {
  experiments(first: 1, search: $name) { nodes { id name rounds { id sampleCount } } } }`;
export const CREATE_PROMPT_SET = `mutation ($input: CreatePromptSetInput!) { createPromptSet(input: $input) { promptSet { id } } }`;
export const CREATE_PROXY_SET = `mutation ($input: CreateProxySetInput!) { createProxySet(input: $input) { proxySet { id trainCount heldOutCount } } }`;
export const CREATE_POLICY = `mutation ($input: CreatePolicyInput!) { createPolicy(input: $input) { policy { id } } }`;
export const CREATE_EXPERIMENT = `mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { id } } }`;
export const OPEN_ROUND = `mutation ($input: OpenRoundInput!) { openRound(input: $input) { round { id sampleCount } } }`;
export const LOG_SAMPLES = `mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted round { sampleCount } } }`;
export const TRAIN = `mutation ($input: TrainRewardModelInput!) { trainRewardModel(input: $input) { rewardModel { id } job { id } } }`;
export const SCORE = `mutation ($id: ID!) { scoreSamples(rewardModelId: $id) { job { id } } }`;
export const BUILD_PAIRS = `mutation ($input: BuildPairsInput!) { buildPairs(input: $input) { inserted rewardModel { id pairs(first: 1) { totalCount } } } }`;
export const IMPORT_REFERENCE = `mutation ($input: ImportReferenceResultsInput!) { importReferenceResults(input: $input) { inserted } }`;
export const JOB = `query ($id: ID!) { job(id: $id) { state progress progressMessage error } }`;
export const RESULT = `query ($id: ID!, $label: String!) { rewardModel(id: $id) {
  heldOutAuc heldOutAccuracy heldOutEce heldOutCount
  bestOfK(label: $label, promptTag: "eval") { prompts wins accuracy low high chance } } }`;
/** Names of what is there, to go on from after a stop. */
export const EXISTING = `query { promptSets(first: 1000) { nodes { id name } } proxySets(first: 1000) { nodes { id name trainCount heldOutCount } }
  policies(first: 1000) { nodes { id name } } }`;
