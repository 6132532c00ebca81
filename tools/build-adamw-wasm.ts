import { readFileSync, writeFileSync } from "node:fs";
import wabt from "wabt";

/** Assembles server/ml/onnx/adamw.wat and embeds the bytes, so that running needs no assembler. */
const folder = new URL("../server/ml/onnx/", import.meta.url);
const { parseWat } = await wabt();
const module = parseWat("adamw.wat", readFileSync(new URL("adamw.wat", folder), "utf8"), { simd: true, threads: true });
const { buffer } = module.toBinary({});
const base64 = Buffer.from(buffer)
  .toString("base64")
  .replace(/(.{110})/g, "$1\n");
writeFileSync(
  new URL("adamw-wasm-bytes.ts", folder),
  `/** adamw.wat assembled by tools/build-adamw-wasm.ts: ${buffer.byteLength} bytes, base64. */\nexport const ADAMW_WASM = \`${base64}\`;\n`,
);
