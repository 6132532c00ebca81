import { isObjectType } from "graphql";
import { expect, test } from "vitest";
import { createSchema } from "../server/schema.ts";

const schema = createSchema();

function resolve(typeName: string, fieldName: string, root: object, args: object): unknown {
  const type = schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
  return field?.resolve?.(root, args, { loaders: { load: () => "loaded" } }, {} as never);
}

test("a field whose answer is at hand gives it at once, with its arguments and context in their places", () => {
  const sample = { id: "s", rewardModelId: "m", score: 0.5, artifactSha256: "ab" };
  expect(resolve("Sample", "score", sample, { rewardModelId: "m" })).toBe(sample);
  expect(resolve("Sample", "score", sample, { rewardModelId: "other" })).toBe("loaded");
  expect(resolve("Sample", "thumbnailUrl", sample, { size: 640 })).toBe("/artifacts/ab/thumbnail/640");
});

test("what has roles is left to who checks them", async () => {
  const viewer = schema.getQueryType()?.getFields().viewer;
  const nobody = { principal: null };
  await expect(async () => viewer?.resolve?.(undefined, {}, nobody, {} as never)).rejects.toThrow("Send a token");
});
