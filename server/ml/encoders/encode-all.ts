import type { Encoder, Encoding } from "./encoder.ts";

/** Images of a call of `encode`. */
const BATCH_SIZE = 16;

export interface ImageSource {
  readonly key: string;
  readonly bytes: Uint8Array;
}

export interface EncodeAllOptions {
  /** After every batch: images encoded or failed so far. */
  readonly onProgress?: (done: number) => void;
  /** Stops between two batches by throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface EncodedSet {
  /** of the rows of `features`, in the order of the source; failures are left out */
  readonly keys: string[];
  /** [keys.length, 2D] row-major */
  readonly features: Float32Array;
  readonly failures: { key: string; reason: string }[];
}

interface Batch {
  readonly keys: string[];
  readonly encoding: Promise<Encoding>;
}

/**
 * Encodes any number of images. At most `encoder.depth` batches of files are in memory, besides the features: while some are
 * computed the next are read. Throws what the source throws, after what is under way; a broken image is a failure.
 */
export async function encodeAll(
  encoder: Encoder,
  source: AsyncIterable<ImageSource> | Iterable<ImageSource>,
  { onProgress, signal }: EncodeAllOptions = {},
): Promise<EncodedSet> {
  const keys: string[] = [];
  const failures: { key: string; reason: string }[] = [];
  const chunks: Float32Array[] = [];
  const underWay: Batch[] = [];
  let done = 0;
  const finishFirst = async () => {
    const batch = underWay[0];
    if (!batch) return;
    const { features, failures: failed } = await batch.encoding;
    underWay.shift();
    const reasons = new Map(failed.map(({ index, reason }) => [index, reason]));
    for (const [i, key] of batch.keys.entries()) {
      const reason = reasons.get(i);
      if (reason !== undefined) failures.push({ key, reason });
      else {
        keys.push(key);
        chunks.push(features.slice(i * 2 * encoder.width, (i + 1) * 2 * encoder.width));
      }
    }
    done += batch.keys.length;
    onProgress?.(done);
  };
  try {
    for await (const images of batches(source)) {
      signal?.throwIfAborted();
      underWay.push({
        keys: images.map(({ key }) => key),
        encoding: encoder.encode(images.map(({ bytes }) => bytes)),
      });
      if (underWay.length === encoder.depth) await finishFirst();
    }
    while (underWay.length > 0) await finishFirst();
  } catch (error) {
    // nobody is left to hear it if a batch that is under way fails too
    await Promise.allSettled(underWay.map(({ encoding }) => encoding));
    throw error;
  }
  return { keys, features: joined(chunks, encoder.width * 2), failures };
}

async function* batches(source: AsyncIterable<ImageSource> | Iterable<ImageSource>): AsyncGenerator<ImageSource[]> {
  let batch: ImageSource[] = [];
  for await (const image of source) {
    batch.push(image);
    if (batch.length < BATCH_SIZE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function joined(rows: readonly Float32Array[], width: number): Float32Array {
  const whole = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) whole.set(row, i * width);
  return whole;
}
