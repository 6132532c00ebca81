import type { ReadableStore } from "../artifacts/artifact.service.ts";
import { groupsByBytes, readImages } from "./images.ts";
import { pairRow, type StoredPair, sidesOf } from "./pair-rows.ts";

const GROUP = { maxBytes: 8 << 20, maxRows: 1000 };

/**
 * Pairs as JSON Lines with the columns of Pick-a-Pic. Images are named by sha256 and path, or lie in jpg_0 and jpg_1 in
 * base64 as well.
 * @param model the policy's name   @param embed whether the images' bytes go in
 */
export async function* pairsJsonLines(
  pairs: AsyncIterable<StoredPair[]>,
  { store, model, embed }: { store: ReadableStore; model: string; embed: boolean },
): AsyncGenerator<Uint8Array> {
  const sizeOf = ({ chosen, rejected }: StoredPair) => (embed ? chosen.byteSize + rejected.byteSize : 0);
  let place = 0;
  for await (const group of groupsByBytes(pairs, sizeOf, GROUP)) {
    const hashes = embed ? group.flatMap((pair) => sidesOf(pair).map((side) => side.sha256)) : [];
    const images = await readImages(store, hashes);
    const lines = group.map((pair, i) => {
      const bytes = embed && {
        jpg_0: images[2 * i]?.toString("base64"),
        jpg_1: images[2 * i + 1]?.toString("base64"),
      };
      return `${JSON.stringify({ ...pairRow(pair, { place: place + i, model }), ...bytes })}\n`;
    });
    yield Buffer.from(lines.join(""));
    place += group.length;
  }
}
