/**
 * The closed list of mistakes a user can make, as they appear in `extensions.code` of a GraphQL error
 * and in `error.code` of an HTTP answer. A new code is added here or nowhere.
 */
export const USER_ERROR_CODES = {
  BAD_INPUT: "A value is missing, malformed or out of range.",
  BAD_CURSOR: "A cursor was not issued for this list and order.",
  UNAUTHENTICATED: "No valid token or session came with the request.",
  FORBIDDEN: "The token's role may not do this.",
  NOT_FOUND: "The object does not exist.",
  NAME_TAKEN: "Another object already has this name.",
  CONFLICT: "The same key was sent before with other content.",
  EXPERIMENT_FROZEN: "A running or finished experiment can't be changed; fork it.",
  ROUND_COMPLETED: "A completed round takes no more samples, models or pairs; open the next one.",
  ROUND_HAS_NO_SAMPLES: "The round has nothing to score or to train against yet.",
  TOO_FEW_ITEMS: "There is too little data for the request.",
  POLICY_HAS_NO_WEIGHTS: "The policy has no weights that a worker could draw with or train.",
  REWARD_MODEL_NOT_TRAINED: "The reward model has no weights yet.",
  SAMPLES_NOT_SCORED: "The samples have no ranks from this reward model yet.",
  SCORER_UNAVAILABLE: "The scorer's model files are not on the worker and can't be downloaded.",
  FEATURES_MISSING: "Some of the images have not been encoded by this encoder yet.",
  STUDY_FROZEN: "A study that was opened can't be changed.",
  STUDY_NOT_OPEN: "The study takes no votes: it is not open yet, or is over.",
  JOB_FINISHED: "The job has already ended.",
  JOB_NOT_LOST: "Only a job that failed or was cancelled can be tried again.",
  RUN_FINISHED: "The run has already ended.",
  LEASE_LOST: "The worker no longer holds the job; stop working on it.",
  ARTIFACT_MISSING: "The bytes for this sha256 were never uploaded.",
  HASH_MISMATCH: "The bytes received do not have the sha256 that was announced.",
  IMAGE_REFUSED: "The image is truncated, oversized, mislabelled or of an unsupported kind.",
  TOO_LARGE: "The request or upload is over its limit.",
  STORAGE_FULL: "The artifact store has no room left; nothing was kept.",
  UNAVAILABLE: "The server can't reach its database now; ask again a little later.",
  QUERY_TOO_COMPLEX: "The query is deeper, wider or costlier than allowed.",
  RATE_LIMITED: "Too many attempts; try again later.",
} as const;

export type UserErrorCode = keyof typeof USER_ERROR_CODES;

/**
 * A mistake of the caller's. The sentence names what came, what is allowed and how to mend it;
 * `field` is the path of the input field at fault, such as `samples[3].k`.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  constructor(
    readonly code: UserErrorCode,
    message: string,
    readonly field?: string,
  ) {
    super(message);
  }
}
