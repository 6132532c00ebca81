import { expect, test } from "vitest";
import { ExportKind } from "../../shared/enums.ts";
import { UsageError } from "../client/which-server.ts";
import { HELP, KINDS, readOptions } from "./options.ts";

const ENV = { GANRM_TOKEN: "t", GANRM_API_URL: "http://lab:1" };

test("objects may be many, and kinds are called what --help calls them", () => {
  const args = ["--reward-model", "a", "--reward-model", "b", "--proxy-set", "c", "--what", "sft, metrics"];
  expect(readOptions(args, ENV)).toMatchObject({
    subjects: [
      { field: "rewardModel", id: "a" },
      { field: "rewardModel", id: "b" },
      { field: "proxySet", id: "c" },
    ],
    kinds: new Set([ExportKind.SFT_IMAGEFOLDER, ExportKind.METRICS_CSV]),
    images: "url",
    out: ".",
    api: "http://lab:1",
    token: "t",
  });
  expect(Object.values(KINDS).sort()).toEqual(Object.values(ExportKind).sort());
  for (const name of Object.keys(KINDS)) expect(HELP).toMatch(new RegExp(`^ +${name} `, "m"));
});

test.each([
  [[], /Of what\?/],
  [["--rewardmodel", "a"], /--rewardmodel/],
  [["--round", "a", "--what", "sft,xlsx"], /--what: parquet, .*got "xlsx"/],
  [["--round", "a", "--images", "png"], /--images: url or base64, got "png"/],
  [["--round", "a", "--token-file", "/nowhere"], /--token-file: no file/],
])("%j is a usage error that names the flag", (args, sentence) => {
  const read = () => readOptions(args, ENV);
  expect(read).toThrow(UsageError);
  expect(read).toThrow(sentence);
});

test("--help needs nothing else and names every flag", () => {
  expect(readOptions(["--help"], { GANRM_DATA_DIR: "/nowhere" }).help).toBe(true);
  const flags = ["round", "experiment", "out", "prompt-tag", "images", "encoder-key", "api", "token-file", "json"];
  for (const flag of flags) expect(HELP).toContain(`--${flag}`);
});
