import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { accuracy, auc, expectedCalibrationError } from "./metrics/classification.ts";
import { decodeSafetensors } from "./safetensors.ts";

/** Files of tools/reference/reward_reference.py: made by the reference implementations, not by us. */
const fixture = (name: string) => readFileSync(new URL(`../../test/fixtures/rpl/${name}`, import.meta.url));

test("a file that the Python library wrote reads as it was meant, half precision included", () => {
  const { tensors, metadata } = decodeSafetensors(fixture("foreign.safetensors"));
  expect(metadata).toEqual({ "made by": "safetensors.torch" });
  expect(tensors.get("float")).toEqual({ shape: [1, 3], data: Float32Array.of(1.5, -2, 3.25) });
  expect(tensors.get("double")?.data).toEqual(Float64Array.of(0.1, 1e300));
  expect(tensors.get("half")?.data).toEqual(
    Float32Array.of(1, -0.333251953125, 65504, 2 ** -24, Number.POSITIVE_INFINITY),
  );
  expect(tensors.get("long")?.data).toEqual(BigInt64Array.of(-1n, 2n ** 53n + 1n));
  expect(tensors.get("byte")).toEqual({ shape: [2, 1], data: Uint8Array.of(0, 255) });
});

test("AUC with ties, accuracy and calibration error equal scikit-learn's and NumPy's", () => {
  const reference = JSON.parse(fixture("metrics.fixture.json").toString());
  expect(auc(reference)).toBeCloseTo(reference.auc, 12);
  expect(accuracy(reference)).toBeCloseTo(reference.accuracy, 12);
  expect(expectedCalibrationError(reference)).toBeCloseTo(reference.ece, 12);
});
