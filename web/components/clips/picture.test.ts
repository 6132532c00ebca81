import { expect, test } from "vitest";
import { frameAt, lengthOf, placeOf } from "./picture.ts";

const long = { columns: 2, delaysMs: [100, 50, 100] };
const short = { columns: 2, delaysMs: [40, 40] };

test("clips begin together and anew together; the shorter one waits with its last frame", () => {
  expect([short, long].map(lengthOf)).toEqual([80, 250]);
  const shown = (ms: number) => [frameAt(short, ms % 250), frameAt(long, ms % 250)];
  expect([0, 39, 40, 99, 100, 149, 150, 249, 250, 290].map(shown)).toEqual([
    ...[
      [0, 0],
      [0, 0],
      [1, 0],
      [1, 0],
      [1, 1],
      [1, 1],
      [1, 2],
      [1, 2],
    ],
    ...[
      [0, 0],
      [1, 0],
    ],
  ]);
});

test("a frame lies in its row and column of the sheet", () => {
  const image = { naturalWidth: 64, naturalHeight: 40 };
  expect(placeOf({ image, clip: long }, 0)).toEqual({ x: 0, y: 0, width: 32, height: 20 });
  expect(placeOf({ image, clip: long }, 2)).toEqual({ x: 0, y: 20, width: 32, height: 20 });
});
