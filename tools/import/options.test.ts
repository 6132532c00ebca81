import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UsageError } from "../client/which-server.ts";
import { HELP, readOptions } from "./options.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-options-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILES = ["--name", "n", "--samples", "s", "--proxy", "p"];

test("the running server is found through its data folder; flags and variables come before it", () => {
  writeFileSync(path.join(folder, "admin-token"), "of the folder\n");
  writeFileSync(path.join(folder, "url"), "http://127.0.0.1:4555");
  writeFileSync(path.join(folder, "token"), "of the file\n");
  const env = { GANRM_DATA_DIR: folder };
  expect(readOptions(FILES, env)).toMatchObject({
    token: "of the folder",
    api: "http://127.0.0.1:4555",
    evalShare: 0.2,
  });
  const variables = { ...env, GANRM_TOKEN: "of the variable", GANRM_API_URL: "http://lab:1" };
  expect(readOptions(FILES, variables)).toMatchObject({ token: "of the variable", api: "http://lab:1" });
  const flags = [...FILES, "--token-file", path.join(folder, "token"), "--api", "http://other:2"];
  expect(readOptions(flags, variables)).toMatchObject({ token: "of the file", api: "http://other:2" });
});

test.each([
  [["--nmae", "n"], /--nmae/],
  [["--name", " ", "--proxy", "p"], /--name, --samples: missing/],
  [[...FILES, "--eval-share", "1"], /--eval-share: 0 to 0.9, got "1"/],
  [[...FILES, "--eval-share", "some"], /--eval-share: 0 to 0.9, got "some"/],
  [[...FILES, "--prefer", "x"], /--prefer: .*--train/],
  [[...FILES, "--train", "--eval-share", "0", "--prefer", "x"], /--prefer: .*--eval-share is 0/],
  [[...FILES, "--train", "--steps", "0"], /--steps: .*got "0"/],
  [[...FILES, "--token-file", "/nowhere"], /--token-file: no file/],
])("%j is a usage error that names the flag", (args, sentence) => {
  const read = () => readOptions(args, { GANRM_TOKEN: "t" });
  expect(read).toThrow(UsageError);
  expect(read).toThrow(sentence);
});

test("without a token the error says where one comes from", () => {
  expect(() => readOptions(FILES, { GANRM_DATA_DIR: path.join(folder, "none") })).toThrow(/npm start.*--token-file/);
});

test("--help needs nothing else and names every flag", () => {
  expect(readOptions(["--help"], { GANRM_DATA_DIR: path.join(folder, "none") }).help).toBe(true);
  for (const flag of [
    "eval-share",
    "encoder",
    "train",
    "steps",
    "prefer",
    "paper-tables",
    "api",
    "token-file",
    "json",
    "help",
  ])
    expect(HELP).toContain(`--${flag}`);
});
