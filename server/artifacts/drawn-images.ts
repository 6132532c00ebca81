import type { Response } from "express";
import { CLIP_HEADER, type Clip } from "../../shared/clip.ts";

/** A picture that is drawn when it is asked for. */
export interface DrawnImage {
  webp: Buffer;
  /** of one that moves */
  clip: Clip | null;
}

/** Pictures that this server drew, those asked for last; who asks, asks for the same few hundred. */
export class DrawnImages {
  private readonly kept = new Map<string, { drawing: Promise<DrawnImage>; bytes: number }>();
  private size = 0;

  constructor(private readonly mostBytes = 64 << 20) {}

  /** @param draw asked where there is no picture of that key; what it throws is not kept */
  of(key: string, draw: () => Promise<DrawnImage>): Promise<DrawnImage> {
    const known = this.kept.get(key) ?? { drawing: this.draw(key, draw), bytes: 0 };
    // Last asked for, last to go.
    this.kept.delete(key);
    this.kept.set(key, known);
    return known.drawing;
  }

  private async draw(key: string, draw: () => Promise<DrawnImage>): Promise<DrawnImage> {
    try {
      const image = await draw();
      this.measure(key, image.webp.length);
      return image;
    } catch (error) {
      this.kept.delete(key);
      throw error;
    }
  }

  private measure(key: string, bytes: number): void {
    const entry = this.kept.get(key);
    if (!entry) return;
    entry.bytes = bytes;
    this.size += bytes;
    for (const [old, { bytes: freed }] of this.kept) {
      if (this.size <= this.mostBytes || old === key) return;
      this.kept.delete(old);
      this.size -= freed;
    }
  }
}

/** Answers with a drawn picture; how its frames lie is in a header. */
export function sendDrawn({ webp, clip }: DrawnImage, response: Response, cacheControl: string): void {
  response.set({ "Content-Type": "image/webp", "X-Content-Type-Options": "nosniff", "Cache-Control": cacheControl });
  if (clip) response.set(CLIP_HEADER, JSON.stringify(clip));
  response.end(webp);
}
