import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { groupsByBytes, readImages } from "./images.ts";

async function* pages(...rows: number[][]): AsyncGenerator<number[]> {
  yield* rows;
}

test("groups keep the order and stay within bytes and rows; a row that is too large stands alone", async () => {
  const groups: number[][] = [];
  const limits = { maxBytes: 10, maxRows: 3 };
  for await (const group of groupsByBytes(pages([4, 6, 1], [25, 2], [0, 0, 0]), (n) => n, limits)) groups.push(group);
  expect(groups).toEqual([[4, 6], [1], [25], [2, 0, 0], [0]]);
});

test("images come in the order asked for, each is read once, and at most eight are read at a time", async () => {
  let open = 0;
  let most = 0;
  let reads = 0;
  const store = {
    read(key: string) {
      reads++;
      most = Math.max(most, ++open);
      return Readable.from(
        (async function* () {
          await new Promise((resolve) => setTimeout(resolve, Number(key) % 5));
          yield Buffer.from(key);
          open--;
        })(),
      );
    },
  };
  const keys = Array.from({ length: 100 }, (_, i) => String(i % 50));
  expect((await readImages(store, keys)).map(String)).toEqual(keys);
  expect([most, reads]).toEqual([8, 50]);
});
