import { expect, test } from "vitest";
import { pageAfterSignIn } from "./pageAfterSignIn.ts";

test("a sign-in leads back to the page that asked for it, and never to another site", () => {
  expect(pageAfterSignIn("?next=%2Frounds%2F1%3Fsearch%3Dcat")).toBe("/rounds/1?search=cat");
  for (const elsewhere of ["https://example.org", "//example.org", "/\\example.org", "javascript:alert(1)", ""])
    expect(pageAfterSignIn(`?next=${encodeURIComponent(elsewhere)}`)).toBe("/");
});
