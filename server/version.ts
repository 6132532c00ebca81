import { readFileSync } from "node:fs";

/** Of this code, as package.json says it: recorded with what it computes. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), { encoding: "utf8" }),
).version;
