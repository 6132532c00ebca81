/**
 * The part of Protocol Buffers that ONNX files use: a writer and a reader, without a schema compiler.
 * Wire types met in ONNX: 0 varint, 1 fixed64, 2 length-delimited, 5 fixed32.
 */

/** Collects the fields of one message; `finish` gives its bytes. */
export class MessageWriter {
  private readonly parts: Uint8Array[] = [];

  varint(field: number, value: number | bigint): this {
    this.parts.push(encodeVarint((BigInt(field) << 3n) | 0n), encodeVarint(BigInt.asUintN(64, BigInt(value))));
    return this;
  }

  /** fixed32 float */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.parts.push(encodeVarint((BigInt(field) << 3n) | 5n), bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.parts.push(encodeVarint((BigInt(field) << 3n) | 2n), encodeVarint(BigInt(value.byteLength)), value);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: MessageWriter): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    return concatBytes(this.parts);
  }
}

export interface Field {
  readonly field: number;
  readonly wire: number;
  /** wire 0, 1 and 5: the integer as read (unsigned); wire 2: 0 */
  readonly value: bigint;
  /** wire 2: the payload; else empty */
  readonly bytes: Uint8Array;
}

/** The fields of a message in file order. Throws a RangeError where the bytes end within a field. */
export function readFields(message: Uint8Array): Field[] {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
      if (shift > 63n) throw new RangeError("A varint of the protobuf message is longer than 64 bits.");
    }
  };
  while (at < message.byteLength) {
    const key = varint();
    const field = Number(key >> 3n);
    const wire = Number(key & 7n);
    if (wire === 0) fields.push({ field, wire, value: varint(), bytes: EMPTY });
    else if (wire === 1) {
      fields.push({ field, wire, value: view.getBigUint64(at, true), bytes: EMPTY });
      at += 8;
    } else if (wire === 5) {
      fields.push({ field, wire, value: BigInt(view.getUint32(at, true)), bytes: EMPTY });
      at += 4;
    } else if (wire === 2) {
      const length = Number(varint());
      if (at + length > message.byteLength) throw new RangeError("The protobuf message ends within a field.");
      fields.push({ field, wire, value: 0n, bytes: message.subarray(at, at + length) });
      at += length;
    } else throw new RangeError(`Protobuf wire type ${wire} is not used by ONNX; this is not an ONNX file.`);
  }
  return fields;
}

/** Writes a field again as it was read, so that what is not understood is carried unchanged. */
export function copyField(writer: MessageWriter, field: Field): void {
  if (field.wire === 2) writer.bytes(field.field, field.bytes);
  else if (field.wire === 0) writer.varint(field.field, field.value);
  else throw new RangeError(`Cannot copy protobuf wire type ${field.wire}.`);
}

const EMPTY = new Uint8Array(0);

function encodeVarint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
