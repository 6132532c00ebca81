import { expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

const FILE = {
  metadata: { format: "pt" },
  tensors: new Map([
    ["b", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
    ["a", { shape: [], data: BigInt64Array.of(7n) }],
    ["empty", { shape: [0, 3], data: new Float32Array(0) }],
  ]),
};

test("what is written is read, from any offset of a buffer", () => {
  const bytes = encodeSafetensors(FILE);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  const read = decodeSafetensors(shifted.subarray(3));
  expect(read.metadata).toEqual(FILE.metadata);
  expect(read.tensors.get("a")?.data).toEqual(BigInt64Array.of(7n));
  expect(read.tensors.get("b")).toEqual({ shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
});

test("the order of insertion does not change the bytes", () => {
  const reversed = { ...FILE, tensors: new Map([...FILE.tensors].reverse()) };
  expect(encodeSafetensors(reversed)).toEqual(encodeSafetensors(FILE));
});

test("broken files are refused", () => {
  const bytes = encodeSafetensors(FILE);
  expect(() => decodeSafetensors(bytes.subarray(0, 5))).toThrow("at least 8 bytes");
  expect(() => decodeSafetensors(bytes.subarray(0, 60))).toThrow("header claims");
  expect(() => decodeSafetensors(bytes.subarray(0, bytes.length - 4))).toThrow("outside the file");
  const bad = { metadata: {}, tensors: new Map([["x", { shape: [3], data: Float32Array.of(1) }]]) };
  expect(() => encodeSafetensors(bad)).toThrow("holds 1 elements");
});
