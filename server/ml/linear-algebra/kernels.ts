import { KERNELS_WASM } from "./kernels-wasm-bytes.ts";

/** The functions of kernels.wat. Pointers and strides in bytes. */
interface KernelFunctions {
  dots(...pointersAndSizes: number[]): void;
  combine(...pointersAndSizes: number[]): void;
  addOuter(...pointersAndSizes: number[]): void;
  centreTransposed(...pointersAndSizes: number[]): void;
}

/** Numbers in the kernels' memory: as an array, and where they begin in bytes. */
export interface Block {
  readonly values: Float64Array;
  readonly pointer: number;
}

/** Vectors are worked off in eights: every row of the kernels' matrices has room up to the next, which must stay finite. */
export const LANE = 8;
export const BYTES = Float64Array.BYTES_PER_ELEMENT;

export const roundedUp = (length: number, to = LANE): number => Math.ceil(length / to) * to;

/** Once a process: what has run hot in one instance is optimised code in the next. */
let compiled: WebAssembly.Module | undefined;

/** The inner loops on a memory of their own, handed out in blocks of zeros; collected with the last view of it. */
export class Kernels {
  readonly run: KernelFunctions;
  private readonly memory: WebAssembly.Memory;
  private used = 0;

  /** lengths: of the blocks that will be taken */
  constructor(lengths: readonly number[]) {
    const bytes = lengths.reduce((sum, length) => sum + roomFor(length), 0);
    this.memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) });
    compiled ??= new WebAssembly.Module(Buffer.from(KERNELS_WASM, "base64"));
    const { exports } = new WebAssembly.Instance(compiled, { host: { memory: this.memory } });
    if (!isComplete(exports)) throw new Error("The embedded kernels lack a function; rebuild them from kernels.wat.");
    this.run = exports;
  }

  take(length: number): Block {
    const pointer = this.used;
    this.used += roomFor(length);
    if (this.used > this.memory.buffer.byteLength) throw new Error("The kernels' memory was sized for less.");
    return { values: new Float64Array(this.memory.buffer as ArrayBuffer, pointer, length), pointer };
  }

  /** A block's memory as single precision. */
  floats({ pointer, values }: Block): Float32Array {
    return new Float32Array(this.memory.buffer as ArrayBuffer, pointer, 2 * values.length);
  }
}

/** Bytes of a block, with the lane that a vector at its end may reach over. */
function roomFor(length: number): number {
  return roundedUp(length + LANE) * BYTES;
}

function isComplete(exports: object): exports is KernelFunctions {
  return ["dots", "combine", "addOuter", "centreTransposed"].every((name) => name in exports);
}
