import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { Markdown } from "./markdown.tsx";

const html = (text: string) => renderToStaticMarkup(createElement(Markdown, { text }));

test("headings, lists, emphasis, code and https links", () => {
  expect(html("# Look\n\nat **both**, *closely*\n\n- one\n- `two`\n\n1. first\n2. second")).toBe(
    "<h2>Look</h2><p>at <strong>both</strong>, <em>closely</em></p><ul><li>one</li><li><code>two</code></li></ul><ol><li>first</li><li>second</li></ol>",
  );
  expect(html("[terms](https://example.org/a)")).toContain('<a href="https://example.org/a" target="_blank"');
});

test("what would run is shown as text", () => {
  const dangerous =
    "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) [y](http://example.org)";
  expect(html(dangerous)).not.toMatch(/<(script|img|a)\b/);
  expect(html(dangerous)).toContain("&lt;script&gt;");
});
