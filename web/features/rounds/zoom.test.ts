import { expect, test } from "vitest";
import { MAX_SCALE, panBy, WHOLE, zoomAt } from "./zoom.ts";

/** Where in the image (0 to 1) the pane's point lies. */
const under = (zoom: typeof WHOLE, p: number) => 0.5 + (p - 0.5 - zoom.x) / zoom.scale;

test("what lies under the pointer stays there while zooming", () => {
  const zoom = zoomAt(zoomAt(WHOLE, 2, { x: 0.3, y: 0.6 }), 1.7, { x: 0.4, y: 0.5 });
  const closer = zoomAt(zoom, 1.5, { x: 0.4, y: 0.7 });
  expect(under(closer, 0.4)).toBeCloseTo(under(zoom, 0.4), 10);
});

test("the image neither shrinks below its pane nor leaves it", () => {
  expect(zoomAt(WHOLE, 0.1)).toEqual(WHOLE);
  expect(zoomAt(WHOLE, 1000).scale).toBe(MAX_SCALE);
  expect(panBy(WHOLE, 1, -1)).toEqual({ scale: 1, x: 0, y: -0 });
  expect(panBy(zoomAt(WHOLE, 3), 5, -5)).toEqual({ scale: 3, x: 1, y: -1 });
});
