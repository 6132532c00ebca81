/** Every image encoder that a worker can load. */
export const ENCODER_IDS = ["mobilenet-v2-mid", "clip-vit-b32"] as const;
export type EncoderId = (typeof ENCODER_IDS)[number];
