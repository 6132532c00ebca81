/**
 * Reads and writes safetensors: an 8-byte little-endian header length, a JSON header naming each tensor's dtype, shape and
 * byte range, then the bytes. Source: https://github.com/huggingface/safetensors#format.
 */
export type SafetensorsData = Float32Array | Float64Array | BigInt64Array | Uint8Array;
/** Float16Array is written as F16, and read as float32. */
export type WritableData = SafetensorsData | Float16Array;

export interface SafetensorsTensor<Data extends WritableData = SafetensorsData> {
  readonly shape: readonly number[];
  /** row-major; the dtype (F32, F64, F16, I64, U8) follows from its type */
  readonly data: Data;
}

export interface SafetensorsFile<Data extends WritableData = SafetensorsData> {
  readonly tensors: ReadonlyMap<string, SafetensorsTensor<Data>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const MAX_HEADER_BYTES = 100_000_000; // the limit of the reference implementation

/**
 * Equal content gives equal bytes: tensors are ordered by element size (largest first, so that all are aligned), then by
 * name, as the reference implementation does. Throws where data and shape disagree.
 */
export function encodeSafetensors({ tensors, metadata }: SafetensorsFile<WritableData>): Uint8Array {
  const ordered = [...tensors].toSorted(
    ([a, x], [b, y]) => y.data.BYTES_PER_ELEMENT - x.data.BYTES_PER_ELEMENT || (a < b ? -1 : 1),
  );
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let end = 0;
  for (const [name, { shape, data }] of ordered) {
    if (count(shape) !== data.length) throw new Error(`Tensor "${name}" [${shape}] holds ${data.length} elements.`);
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerBytes + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, 8, 8 + headerBytes).set(json, 8);
  let offset = 8 + headerBytes;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/** The tensors are copies. Throws on anything but a well-formed file of F32, F64, F16 (read as float32, exactly), I64 and U8 tensors. */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  if (bytes.length < 8) throw new Error(`A safetensors file has at least 8 bytes, this one ${bytes.length}.`);
  const headerBytes = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerBytes > MAX_HEADER_BYTES || 8 + headerBytes > bytes.length) {
    throw new Error(`The safetensors header claims ${headerBytes} bytes in a file of ${bytes.length}.`);
  }
  const header: unknown = JSON.parse(
    new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + headerBytes)),
  );
  if (!isRecord(header)) throw new Error("The safetensors header is not an object.");
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name !== "__metadata__") tensors.set(name, readTensor(name, entry, bytes.subarray(8 + headerBytes)));
  }
  return { tensors, metadata: readMetadata(header.__metadata__) };
}

function readTensor(name: string, entry: unknown, body: Uint8Array): SafetensorsTensor {
  if (!isRecord(entry)) throw new Error(`Tensor "${name}" is not described by an object.`);
  const { dtype, shape, data_offsets: range } = entry;
  if (!isSizes(shape) || !isSizes(range) || range.length !== 2) {
    throw new Error(`Tensor "${name}" has a wrong shape or byte range.`);
  }
  const [begin = 0, end = 0] = range;
  if (begin > end || end > body.length) throw new Error(`Tensor "${name}" lies outside the file.`);
  // a copy: slice() of a Buffer would be a view of its pool
  const data = typed(dtype, new Uint8Array(body.subarray(begin, end)));
  if (!data) throw new Error(`Tensor "${name}" has dtype ${String(dtype)} or length that is not read here.`);
  if (data.length !== count(shape)) throw new Error(`Tensor "${name}" [${shape}] holds ${data.length} elements.`);
  return { shape, data };
}

/** The bytes as a typed array, undefined for an unknown dtype or a broken length. */
function typed(dtype: unknown, { buffer, length }: Uint8Array<ArrayBuffer>): SafetensorsData | undefined {
  if (dtype === "U8") return new Uint8Array(buffer);
  if (dtype === "F16" && length % 2 === 0) return Float32Array.from(new Uint16Array(buffer), halfToNumber);
  if (dtype === "F32" && length % 4 === 0) return new Float32Array(buffer);
  if (length % 8 !== 0) return undefined;
  if (dtype === "F64") return new Float64Array(buffer);
  return dtype === "I64" ? new BigInt64Array(buffer) : undefined;
}

/** IEEE 754 binary16 */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function readMetadata(entry: unknown): Record<string, string> {
  const metadata: Record<string, string> = {};
  if (!isRecord(entry)) return metadata;
  for (const [key, value] of Object.entries(entry)) metadata[key] = String(value);
  return metadata;
}

function dtypeOf(data: WritableData): string {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float16Array) return "F16";
  if (data instanceof Float64Array) return "F64";
  return data instanceof BigInt64Array ? "I64" : "U8";
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
