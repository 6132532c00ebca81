import { readFileSync, writeFileSync } from "node:fs";
import wabt from "wabt";

/** Assembles the WebAssembly kernels and embeds their bytes, so that running needs no assembler. */
const KERNELS = [
  { folder: "server/ml/onnx", name: "adamw", constant: "ADAMW_WASM" },
  { folder: "server/ml/linear-algebra", name: "kernels", constant: "KERNELS_WASM" },
];

const { parseWat } = await wabt();
for (const { folder, name, constant } of KERNELS) {
  const source = new URL(`../${folder}/${name}.wat`, import.meta.url);
  const { buffer } = parseWat(`${name}.wat`, readFileSync(source, "utf8"), { simd: true, threads: true }).toBinary({});
  const base64 = Buffer.from(buffer)
    .toString("base64")
    .replace(/(.{110})/g, "$1\n");
  writeFileSync(
    new URL(`${name}-wasm-bytes.ts`, source),
    `/** ${name}.wat assembled by tools/build-wasm.ts: ${buffer.byteLength} bytes, base64. */\nexport const ${constant} = \`${base64}\`;\n`,
  );
}
