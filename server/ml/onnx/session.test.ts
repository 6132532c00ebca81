import { expect, test } from "vitest";
import { Session } from "./session.ts";

/** By onnx.helper of Python's onnx: doubled = half + half (float16 [2]), twice = ids + ids (int32 [2]). */
const NARROW_MODEL =
  "CAg6igEKGgoEaGFsZgoEaGFsZhIHZG91YmxlZCIDQWRkChYKA2lkcwoDaWRzEgV0d2ljZSIDQWRkEgFnWhIKBGhhbGYSCgoICAoSBAoCCAJaEQoDaWRzEgoKCAgGEgQKAggCYhUKB2RvdWJsZWQSCgoICAoSBAoCCAJiEwoFdHdpY2USCgoICAYSBAoCCAJCBAoAEBI=";

test("float16 and int32 of a model are float32 and int64 to its caller", async () => {
  const session = await Session.create(Buffer.from(NARROW_MODEL, "base64"));
  const { doubled, twice } = await session.run({
    // 1/3 is not a float16: the nearest is 0.333251953125
    half: { dtype: "float32", shape: [2], data: Float32Array.of(1 / 3, -65504) },
    ids: { dtype: "int64", shape: [2], data: BigInt64Array.of(-3n, 49407n) },
  });
  expect(doubled).toEqual({ dtype: "float32", shape: [2], data: Float32Array.of(0.66650390625, -Infinity) });
  expect(twice).toEqual({ dtype: "int64", shape: [2], data: BigInt64Array.of(-6n, 98814n) });
  await session.dispose();
});
