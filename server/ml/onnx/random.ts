/**
 * Seeded random numbers. A stream is named by numbers (seed, purpose, step, ...), not by how far another was read: a run
 * resumed at step n draws what an uninterrupted one draws there, with no generator state to store.
 */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 1;

  constructor(...stream: readonly number[]) {
    for (const word of stream) {
      this.a ^= word | 0;
      this.b ^= Math.floor(word / 2 ** 32) | 0;
      for (let i = 0; i < 12; i++) this.next();
    }
  }

  /** 32 random bits; sfc32, Chris Doty-Humphrey's PractRand */
  next(): number {
    const sum = (this.a + this.b + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    this.c |= 0;
    return sum >>> 0;
  }

  /** uniform in [0, 1), 24 bits: exact in float32 */
  uniform(): number {
    return (this.next() >>> 8) / 2 ** 24;
  }

  /** standard normal, by Box-Muller */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** 0..n-1 in random order (Fisher-Yates) */
  permutation(n: number): Uint32Array<ArrayBuffer> {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor((this.next() / 2 ** 32) * (i + 1));
      const kept = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = kept;
    }
    return order;
  }

  /** Fills with 0 (probability p) or 1 / (1 - p): an inverted dropout mask. */
  fillDropoutMask(mask: Float32Array, p: number): void {
    const threshold = p * 2 ** 32;
    const kept = 1 / (1 - p);
    for (let i = 0; i < mask.length; i++) mask[i] = this.next() < threshold ? 0 : kept;
  }
}
