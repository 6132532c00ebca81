/** Ids under which the standard Inception features of FID go: pool3 of the 2015 TensorFlow graph, 2,048 wide. */
const STANDARD_INCEPTION = ["inception-v3-fid", "inception-fid"];

/**
 * The name a Frechet distance is recorded under: "FID" only on the standard Inception's features (its own 2,048 numbers), because
 * readers compare FIDs across papers; "FD(<encoder>)" on every other encoder's.
 */
export function frechetName(encoder: { id: string; width: number }): "FID" | `FD(${string})` {
  return STANDARD_INCEPTION.includes(encoder.id) && encoder.width === 2048 ? "FID" : `FD(${encoder.id})`;
}
