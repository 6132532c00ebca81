import { expect, test } from "vitest";
import { prepareSheets, selectorOf } from "./prepareSheets.ts";

const row = (position: number, prefix: string, ks = [0, 1]) => ({
  prompt: { position, text: `prompt ${position}` },
  samples: ks.map((k) => ({ id: `${prefix}${position}${k}`, k, artifactSha256: `${prefix}-${position}-${k}` })),
});
const round = (index: number, prefix: string, rows = [row(3, prefix), row(7, prefix)]) => ({
  id: `${prefix}${index}`,
  index,
  policyIn: { id: prefix, name: prefix },
  promptRows: { nodes: rows },
  rewardModels: [] as { id: string; name: string }[],
});
const experiment = (changes: object = {}) => ({
  id: "e",
  name: "DPO",
  postTraining: "DPO" as const,
  rounds: [
    {
      ...round(1, "base"),
      rewardModels: [
        { id: "judge", name: "judge" },
        { id: "r", name: "R" },
      ],
    },
    round(2, "dpo"),
  ],
  siblings: [
    {
      id: "s",
      name: "SFT",
      postTraining: "SFT" as const,
      rounds: [round(1, "base"), round(3, "sft", [row(7, "sft")])],
    },
  ],
  ...changes,
});

test("columns are base, best of K, this experiment's rounds, then the last of each other arm; rows are the base's prompts", () => {
  const selected = {
    id: "base1",
    promptRows: {
      nodes: [
        {
          samples: [
            { id: "base30", score: { rank: 2 } },
            { id: "base31", score: { rank: 1 } },
          ],
        },
      ],
    },
  };
  expect(prepareSheets(experiment(), selected)).toEqual({
    prompts: ["prompt 3", "prompt 7"],
    sheets: [
      { key: "base1", label: "base", images: ["base-3-0", "base-7-0"] },
      { key: "selection", label: "best of K", images: ["base-3-1", null] },
      { key: "dpo2", label: "DPO, after round 1", images: ["dpo-3-0", "dpo-7-0"] },
      { key: "sft3", label: "SFT, after round 2", images: [null, "sft-7-0"] },
    ],
  });
});

test("what is not drawn yet has no column", () => {
  const young = experiment({ rounds: [round(1, "base"), round(2, "dpo", [])], siblings: [] });
  expect(prepareSheets(young, undefined).sheets.map(({ label }) => label)).toEqual(["base"]);
  expect(selectorOf(young)).toBeNull();
  expect(prepareSheets(experiment({ rounds: [] }), undefined)).toEqual({ prompts: [], sheets: [] });
});

test("selection is by the round's own model, not by the judge", () => {
  expect(selectorOf(experiment())).toEqual({ roundId: "base1", rewardModelId: "r" });
});
