/**
 * Seeded random numbers. A stream is named by numbers (seed, purpose, step, ...), not by how far another was read: a run
 * resumed at step n draws what an uninterrupted one draws there, with no generator state to store.
 */
export class RandomStream {
  protected a = 0;
  protected b = 0;
  protected c = 0;
  protected counter = 1;

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

  /** uniform integer in 0..n-1 */
  below(n: number): number {
    return Math.floor((this.next() / 2 ** 32) * n);
  }

  /** 0..n-1 in random order (Fisher-Yates) */
  permutation(n: number): Uint32Array<ArrayBuffer> {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = kept;
    }
    return order;
  }
}
