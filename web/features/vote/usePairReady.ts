import { useCallback, useEffect, useRef, useState } from "react";
import type { BallotItem } from "../../../shared/ballot.ts";

/** No choice is taken sooner after a pair appears, ms: the second half of a double click is none about it. */
const DELIBERATE_MS = 300;
const RETRY_MS = 3_000;

/** An image that is loaded and decoded. The element is kept, so that the browser keeps the picture while it is offline. */
function load(source: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = source;
  return image.decode().then(() => image);
}

/** Loads the pairs ahead, one after the other, and tells when the first may be judged. */
export function usePairReady(items: readonly BallotItem[]) {
  const loaded = useRef(new Map<string, Promise<HTMLImageElement>>());
  const readySince = useRef<{ key: string; at: number } | null>(null);
  const [readyKey, setReadyKey] = useState<string | null>(null);
  const [failedKey, setFailedKey] = useState<string | null>(null);
  const current = items[0];
  // The network.
  useEffect(() => {
    let ended = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const get = (source: string) => {
      const known = loaded.current.get(source) ?? load(source);
      loaded.current.set(source, known);
      known.catch(() => loaded.current.delete(source));
      return known;
    };
    const run = async () => {
      for (const item of items) {
        if (ended) return;
        try {
          await Promise.all([get(item.left), get(item.right)]);
          if (item === current && !ended) {
            setReadyKey(item.key);
            setFailedKey(null);
          }
        } catch {
          if (item !== current || ended) continue;
          setFailedKey(item.key);
          timer = setTimeout(() => void run(), RETRY_MS);
          return;
        }
      }
    };
    void run();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [items, current]);
  const ready = current !== undefined && readyKey === current.key;
  // The clock: from the moment that both images are on the screen.
  useEffect(() => {
    if (ready && current && readySince.current?.key !== current.key)
      readySince.current = { key: current.key, at: performance.now() };
  }, [ready, current]);
  const sinceReady = useCallback((): number | null => {
    const since = readySince.current;
    if (!ready || !since || since.key !== current?.key) return null;
    const ms = performance.now() - since.at;
    return ms < DELIBERATE_MS ? null : ms;
  }, [ready, current]);
  return { ready, failed: current !== undefined && failedKey === current.key, sinceReady };
}
