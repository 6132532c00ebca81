/**
 * The safetensors file format (github.com/huggingface/safetensors): 8 bytes little-endian length of a JSON header, the
 * header (name -> dtype, shape, data_offsets; "__metadata__" -> strings), then the tensors' bytes without gaps.
 */
export type SafetensorsDtype = "F32" | "F64" | "F16" | "I64" | "U8";

/** F16 is read as Float32Array (exactly) and never written. */
export type SafetensorsData = Float32Array | Float64Array | BigInt64Array | Uint8Array;

export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: SafetensorsData;
}

export interface SafetensorsFile {
  readonly tensors: Map<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<
    string,
    { dtype: SafetensorsDtype; shape: readonly number[]; start: number; end: number }
  >;
  readonly metadata: Readonly<Record<string, string>>;
  /** offset of the tensors' bytes in the file */
  readonly dataStart: number;
}

const BYTES: Record<SafetensorsDtype, number> = { F32: 4, F64: 8, F16: 2, I64: 8, U8: 1 };
/** The reference implementation's cap on a header. */
const MAX_HEADER = 100_000_000;

/** The whole file in one piece. Same tensors and metadata in the same order give the same bytes. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const parts = [...safetensorsParts(tensors, metadata)];
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.byteLength;
  }
  return file;
}

/** The file as header and one part per tensor, for writing to a stream without holding it twice. */
export function* safetensorsParts(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Generator<Uint8Array> {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  // wide elements first, as the reference writer does: every tensor is then aligned to its element size
  const ordered = [...tensors].toSorted(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  let offset = 0;
  for (const [name, { shape, data }] of ordered) {
    if (data.length !== shape.reduce((product, size) => product * size, 1)) {
      throw new Error(`Tensor "${name}" holds ${data.length} elements, which is not its shape [${shape}].`);
    }
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.byteLength / 8) * 8;
  const head = new Uint8Array(8 + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, 8);
  yield head;
  for (const [, { data }] of ordered) yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Length of header and prefix, from the first 8 bytes of a file. */
export function safetensorsDataStart(prefix: Uint8Array): number {
  if (prefix.byteLength < 8) throw new Error("A safetensors file has at least 8 bytes.");
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (length > MAX_HEADER) throw new Error(`The file is not safetensors: its header would have ${length} bytes.`);
  return 8 + length;
}

/**
 * The header alone, from the file's first `safetensorsDataStart` bytes (more may follow). Throws on overlapping, gapped or
 * misshapen entries and on element types not used here.
 */
export function readSafetensorsHeader(file: Uint8Array): SafetensorsHeader {
  const dataStart = safetensorsDataStart(file);
  if (file.byteLength < dataStart) throw new Error("The safetensors file ends within its header.");
  const parsed: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file.subarray(8, dataStart)));
  if (!isRecord(parsed)) throw new Error("The safetensors header is not a JSON object.");
  const { __metadata__: metadata = {}, ...rest } = parsed;
  const entries = Object.entries(rest).map(([name, entry]) => [name, headerEntry(name, entry)] as const);
  let expected = 0;
  for (const [name, entry] of entries.toSorted(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
    if (entry.start !== expected) throw new Error(`Tensor "${name}" does not start where the one before it ends.`);
    expected = entry.end;
  }
  return { entries: new Map(entries), metadata: stringRecord(metadata), dataStart };
}

/** All tensors, copied out of the file. */
export function readSafetensors(file: Uint8Array): SafetensorsFile {
  const { entries, metadata, dataStart } = readSafetensorsHeader(file);
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { dtype, shape, start, end }] of entries) {
    if (dataStart + end > file.byteLength) throw new Error(`The safetensors file ends within tensor "${name}".`);
    tensors.set(name, { shape, data: decodeTensor(dtype, file.slice(dataStart + start, dataStart + end)) });
  }
  return { tensors, metadata };
}

/** Elements of one tensor. `bytes` must be its own copy, aligned at 0. */
export function decodeTensor(dtype: SafetensorsDtype, bytes: Uint8Array): SafetensorsData {
  const { buffer, byteOffset, byteLength } = bytes;
  if (dtype === "U8") return bytes;
  if (dtype === "F32") return new Float32Array(buffer, byteOffset, byteLength / 4);
  if (dtype === "F64") return new Float64Array(buffer, byteOffset, byteLength / 8);
  if (dtype === "I64") return new BigInt64Array(buffer, byteOffset, byteLength / 8);
  return Float32Array.from(new Uint16Array(buffer, byteOffset, byteLength / 2), halfToNumber);
}

/** IEEE 754 binary16 -> number */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function dtypeOf(data: SafetensorsData): SafetensorsDtype {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  return data instanceof BigInt64Array ? "I64" : "U8";
}

function headerEntry(name: string, entry: unknown) {
  if (!isRecord(entry)) throw new Error(`The header's entry "${name}" is not an object.`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) throw new Error(`Tensor "${name}" has element type ${dtype}; allowed: ${Object.keys(BYTES)}.`);
  if (!isSizes(shape) || !isSizes(offsets)) throw new Error(`Tensor "${name}" has a malformed shape or offsets.`);
  const [start = -1, end = -1] = offsets;
  const bytes = shape.reduce((product, size) => product * size, BYTES[dtype]);
  if (offsets.length !== 2 || end - start !== bytes) {
    throw new Error(`Tensor "${name}" of shape [${shape}] takes ${bytes} bytes, not ${end - start}.`);
  }
  return { dtype, shape, start, end };
}

function isDtype(value: unknown): value is SafetensorsDtype {
  return typeof value === "string" && value in BYTES;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function stringRecord(value: unknown): Record<string, string> {
  if (!isRecord(value)) throw new Error("The safetensors metadata is not an object.");
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}
