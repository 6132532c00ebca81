/** Words of a name: heldOutLoss -> "held out loss". */
export const wordsOf = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase();

/** What computed a number, in words: "encoder mobilenet-v2-mid, computed by RPL training". */
export const provenanceText = (provenance: Record<string, unknown>): string =>
  Object.entries(provenance)
    .map(([key, value]) => `${wordsOf(key)} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
