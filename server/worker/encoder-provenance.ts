import type { EncoderCard } from "../ml/encoders/encoder.ts";

/** What fixes an encoder's features: equal provenance, comparable numbers. */
export const encoderProvenance = ({ id, version, sha256, preprocessing }: EncoderCard) => ({
  ...{ encoder: id, encoderVersion: version, sha256, preprocessing },
});
