/** What a job is called, and where what it makes is shown. */

interface JobLike {
  id: string;
  kind: string;
  input: Record<string, unknown>;
}

/** TRAIN_REWARD_MODEL -> "Train reward model". */
export const jobTitle = (kind: string): string =>
  kind
    .toLowerCase()
    .replaceAll("_", " ")
    .replace(/^./, (first) => first.toUpperCase());

/** The page of what a job makes, by what its input names; of a job about nothing that has a page, its own. */
export function addressOfWork({ id, input }: JobLike): string {
  const { ablationId, roundId, policyId, rewardModelId } = input;
  if (typeof ablationId === "string") return `/ablations/${ablationId}`;
  // A policy has no page: the round that led to it shows what became of it.
  if (typeof policyId === "string" && typeof roundId === "string") return `/rounds/${roundId}`;
  if (typeof rewardModelId === "string") return `/reward-models/${rewardModelId}`;
  return typeof roundId === "string" ? `/rounds/${roundId}` : `/jobs?job=${id}`;
}
