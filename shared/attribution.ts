/** A work of others that the lab shows or ships, with what its licence asks us to say. */
export interface Attribution {
  name: string;
  author: string;
  /** SPDX identifier. */
  licence: string;
  /** The npm package it comes from. */
  package: string;
  usedFor: string;
}

const DRAWINGS = "demo images: candidates of the policy, the reward model's negatives";

/** Everything the demo's attribution page must name; tools/demo/ATTRIBUTION.md says the same in prose. */
export const ATTRIBUTIONS: readonly Attribution[] = [
  {
    name: "Fluent Emoji Flat",
    author: "Microsoft Corporation",
    licence: "MIT",
    package: "@iconify-json/fluent-emoji-flat",
    usedFor: "demo images: the preferred style (Preference Proxy Data and held-out drawings)",
  },
  {
    name: "Fluent Emoji High Contrast",
    author: "Microsoft Corporation",
    licence: "MIT",
    package: "@iconify-json/fluent-emoji-high-contrast",
    usedFor: DRAWINGS,
  },
  {
    name: "Noto Emoji",
    author: "Google Inc",
    licence: "Apache-2.0",
    package: "@iconify-json/noto",
    usedFor: DRAWINGS,
  },
  {
    name: "Noto Emoji (v1)",
    author: "Google Inc",
    licence: "Apache-2.0",
    package: "@iconify-json/noto-v1",
    usedFor: DRAWINGS,
  },
  {
    name: "Twitter Emoji",
    author: "Twitter",
    licence: "CC-BY-4.0",
    package: "@iconify-json/twemoji",
    usedFor: DRAWINGS,
  },
  {
    name: "Emoji One (Colored)",
    author: "Emoji One",
    licence: "CC-BY-4.0",
    package: "@iconify-json/emojione",
    usedFor: DRAWINGS,
  },
  {
    name: "OpenMoji",
    author: "OpenMoji",
    licence: "CC-BY-SA-4.0",
    package: "@iconify-json/openmoji",
    usedFor: DRAWINGS,
  },
  {
    name: "unicode-emoji-json",
    author: "Mu-An Chiou",
    licence: "MIT",
    package: "unicode-emoji-json",
    usedFor: "prompt texts",
  },
  {
    name: "emojilib",
    author: "Mu-An Chiou",
    licence: "MIT",
    package: "emojilib",
    usedFor: "prompt tags",
  },
  {
    name: "MobileNetV2-mid weights",
    author: "Infinite Red, Inc.",
    licence: "MIT",
    package: "nsfwjs",
    usedFor:
      "the default encoder and the safety classifier, converted to ONNX in server/ml/encoders and server/ml/scorers",
  },
];
