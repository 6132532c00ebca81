import { type BasicType, ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import type { ReadableStore } from "../artifacts/artifact.service.ts";
import { groupsByBytes, readImages } from "./images.ts";
import { type PairRow, pairRow, type StoredPair, sidesOf } from "./pair-rows.ts";

/** A row group is made in memory: its images, and its pages. */
const GROUP = { maxBytes: 16 << 20, maxRows: 1000 };
/** From here on, bytes are passed on as they are instead of being copied. */
const LARGE_BYTES = 1 << 16;

/** Column names in Pick-a-Pic's order, then ours. Images are the stored bytes, whatever their format: PIL looks at the content. */
const COLUMNS: [keyof PairRow | "jpg_0" | "jpg_1", BasicType][] = [
  ["are_different", "BOOLEAN"],
  ["best_image_uid", "STRING"],
  ["caption", "STRING"],
  ["created_at", "TIMESTAMP"],
  ["has_label", "BOOLEAN"],
  ["image_0_uid", "STRING"],
  ["image_0_url", "STRING"],
  ["image_1_uid", "STRING"],
  ["image_1_url", "STRING"],
  ["jpg_0", "BYTE_ARRAY"],
  ["jpg_1", "BYTE_ARRAY"],
  ["label_0", "DOUBLE"],
  ["label_1", "DOUBLE"],
  ["model_0", "STRING"],
  ["model_1", "STRING"],
  ["ranking_id", "INT64"],
  ["user_id", "INT64"],
  ["num_example_per_prompt", "INT64"],
  ["pair_id", "STRING"],
  ["source", "STRING"],
  ["margin", "DOUBLE"],
  ["reward_0", "DOUBLE"],
  ["reward_1", "DOUBLE"],
  ["votes_0", "DOUBLE"],
  ["votes_1", "DOUBLE"],
  ["seed_0", "INT64"],
  ["seed_1", "INT64"],
  ["image_0_sha256", "STRING"],
  ["image_1_sha256", "STRING"],
];
const NULLABLE = new Set(["user_id", "reward_0", "reward_1", "votes_0", "votes_1", "seed_0", "seed_1"]);

/** Collects what the Parquet writer appends, until it is taken. Whole pages are kept as they are, not copied. */
class Collected extends ByteWriter {
  private chunks: Uint8Array[] = [];

  override appendBytes(bytes: Uint8Array): void {
    if (bytes.length < LARGE_BYTES) {
      super.appendBytes(bytes);
      return;
    }
    this.cut();
    this.chunks.push(bytes);
    this.offset += bytes.length;
  }

  /** Everything since the last time, in order. */
  take(): Uint8Array[] {
    this.cut();
    const taken = this.chunks;
    this.chunks = [];
    return taken;
  }

  private cut(): void {
    if (this.index > 0) this.chunks.push(this.getBytes().slice());
    this.index = 0;
  }
}

function columnsOf(rows: (PairRow & { jpg_0: Uint8Array; jpg_1: Uint8Array })[]) {
  return COLUMNS.map(([name, type]) => {
    const isImage = type === "BYTE_ARRAY";
    const values = rows.map((row) => row[name]);
    return {
      name,
      type,
      nullable: NULLABLE.has(name),
      data: type === "INT64" ? values.map((value) => (value === null ? null : BigInt(value as number))) : values,
      // No format of images is made smaller, indexed or compared.
      ...(isImage && {
        encoding: "PLAIN" as const,
        codec: "UNCOMPRESSED" as const,
        statistics: false,
        offsetIndex: false,
      }),
    };
  });
}

/**
 * Pairs as a Parquet file with the columns of Pick-a-Pic and the images' bytes in it, made a row group at a time.
 * @param model the policy's name
 */
export async function* pairsParquet(
  pairs: AsyncIterable<StoredPair[]>,
  { store, model }: { store: ReadableStore; model: string },
): AsyncGenerator<Uint8Array> {
  const writer = new Collected();
  const parquet = new ParquetWriter({
    writer,
    schema: schemaFromColumnData({ columnData: columnsOf([]) }),
    createdBy: "gan-rm-lab",
  });
  const sizeOf = ({ chosen, rejected }: StoredPair) => chosen.byteSize + rejected.byteSize;
  let place = 0;
  for await (const group of groupsByBytes(pairs, sizeOf, GROUP)) {
    const images = await readImages(
      store,
      group.flatMap((pair) => sidesOf(pair).map((side) => side.sha256)),
    );
    const rows = group.map((pair, i) => ({
      ...pairRow(pair, { place: place + i, model }),
      jpg_0: images[2 * i] as Buffer,
      jpg_1: images[2 * i + 1] as Buffer,
    }));
    parquet.write({ columnData: columnsOf(rows), rowGroupSize: group.length });
    yield* writer.take();
    place += group.length;
  }
  parquet.finish();
  yield* writer.take();
}
