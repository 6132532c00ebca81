/** The GraphQL operations of the demo and of the import, as any client would send them; README shows the same calls. */
export const CREATE_PROMPT_SET = `mutation ($input: CreatePromptSetInput!) { createPromptSet(input: $input) { promptSet { id } } }`;
export const CREATE_PROXY_SET = `mutation ($input: CreateProxySetInput!) { createProxySet(input: $input) { proxySet { id trainCount heldOutCount } } }`;
export const CREATE_POLICY = `mutation ($input: CreatePolicyInput!) { createPolicy(input: $input) { policy { id } } }`;
export const CREATE_EXPERIMENT = `mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { experiment { id } } }`;
export const OPEN_ROUND = `mutation ($input: OpenRoundInput!) { openRound(input: $input) { round { id sampleCount } } }`;
export const POLICIES_OF_ROUNDS = `query ($id: ID!) { experiment(id: $id) { rounds { index policyIn { id } } } }`;
export const LOG_SAMPLES = `mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted round { sampleCount } } }`;
export const TRAIN = `mutation ($input: TrainRewardModelInput!) { trainRewardModel(input: $input) { rewardModel { id } job { id } } }`;
export const SCORE = `mutation ($id: ID!) { scoreSamples(rewardModelId: $id) { job { id } } }`;
export const BUILD_PAIRS = `mutation ($input: BuildPairsInput!) { buildPairs(input: $input) { inserted rewardModel { id pairs(first: 1) { totalCount } } } }`;
export const LOG_PAIRS = `mutation ($input: LogPairsInput!) { logPairs(input: $input) { inserted } }`;
export const IMPORT_REFERENCE = `mutation ($input: ImportReferenceResultsInput!) { importReferenceResults(input: $input) { inserted } }`;
export const JOB = `query ($id: ID!) { job(id: $id) { state progress progressMessage error } }`;
export const RESULT = `query ($id: ID!, $label: String!, $judged: Boolean!) { rewardModel(id: $id) {
  heldOutAuc heldOutAccuracy heldOutEce heldOutCount
  bestOfK(label: $label, promptTag: "eval") @include(if: $judged) { prompts wins accuracy low high chance } } }`;
export const RUN_ABLATION = `mutation ($input: RunAblationInput!) { runAblation(input: $input) { ablation { id } } }`;
export const ABLATION = `query ($id: ID!) { ablation(id: $id) { progress { cells done failed } cells { job { state } } } }`;
export const ABLATION_TABLE = `query ($id: ID!) { ablation(id: $id) { name judgedPromptCount seeds table {
  columns { name direction }
  rows { label chance values { metric mean low high difference { mean low high verdict } differenceByPrompt { mean low high verdict } } } } } }`;
export const RUN_EXPERIMENT = `mutation ($input: RunExperimentInput!) { runExperiment(input: $input) { run { id } } }`;
export const RUN = `query ($id: ID!) { run(id: $id) { state error progress alarms { kind roundIndex value threshold }
  steps { roundIndex kind state job { progressMessage } } } }`;
export const ROUNDS_OF = `query ($id: ID!) { experiment(id: $id) { k encoder postTraining rounds { id index sampleCount
  metrics(first: 100) { nodes { name provenance latest { value low high n } } }
  rewardModels { name heldOutAuc metrics(first: 100) { nodes { name provenance latest { value low high n } } } } } } }`;
export const IMAGE = `query ($sha256: ID!) { artifact(sha256: $sha256) { kind } }`;

const PAGE = "pageInfo { hasNextPage endCursor }";
/** Lists to be read page by page, see `everyNode`: what is there already, to go on from after a stop. */
export const PROMPT_SETS = `query ($after: String) { list: promptSets(first: 1000, after: $after) { nodes { id name promptCount } ${PAGE} } }`;
export const PROXY_SETS = `query ($after: String) { list: proxySets(first: 1000, after: $after) { nodes { id name } ${PAGE} } }`;
export const POLICIES = `query ($after: String) { list: policies(first: 1000, after: $after) { nodes { id name } ${PAGE} } }`;
export const EXPERIMENTS = `query ($after: String, $name: String!) { list: experiments(first: 1000, after: $after, search: $name) {
  nodes { id name k encoder basePolicy { id } promptSet { id } proxySet { id } } ${PAGE} } }`;
export const PROMPTS = `query ($id: ID!, $after: String) { parent: promptSet(id: $id) {
  list: prompts(first: 1000, after: $after) { nodes { text tags } ${PAGE} } } }`;
export const PROXY_ITEMS = `query ($id: ID!, $after: String) { parent: proxySet(id: $id) {
  list: items(first: 1000, after: $after) { nodes { artifact { sha256 } } ${PAGE} } } }`;
