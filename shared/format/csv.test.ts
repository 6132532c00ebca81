import { expect, test } from "vitest";
import { csvLine, numberCell, textCell } from "./csv.ts";

test("quotes, commas and line ends are quoted, and nothing else", () => {
  expect(csvLine(["a b", 'say "x"', "a,b", "two\nlines", "é🦊"].map(textCell))).toBe(
    'a b,"say ""x""","a,b","two\nlines",é🦊\r\n',
  );
});

test("a text that a spreadsheet would run is a text; a number below zero stays one", () => {
  expect(["=1", "+1", "-1", "@A1", "\t=1", "\r=1", "a=1"].map(textCell)).toEqual([
    ...["'=1", "'+1", "'-1", "'@A1", "'\t=1", `"'\r=1"`, "a=1"],
  ]);
  expect([-1, 0.1 + 0.2, 1e21, null].map(numberCell)).toEqual(["-1", "0.30000000000000004", "1e+21", ""]);
});
