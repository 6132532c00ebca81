import { useCallback, useEffect, useRef, useState } from "react";
import type { BallotItem } from "../../../shared/ballot.ts";
import { letGo, loadPicture, type Picture } from "../../components/clips/picture.ts";
import { keepImages } from "./offlinePage.ts";

/** No choice is taken sooner after a pair appears, ms: the second half of a double click is none about it. */
const DELIBERATE_MS = 300;
const RETRY_MS = 3_000;

/** The two images of the pair that may be judged. */
export interface PairOfPictures {
  left: Picture;
  right: Picture;
}

/**
 * Loads the pairs ahead, one after the other, and tells when the first may be judged.
 * @param previous the pair judged last, which may come back
 */
export function usePairReady(items: readonly BallotItem[], previous: BallotItem | null) {
  const loaded = useRef(new Map<string, Promise<Picture>>());
  const readySince = useRef<{ key: string; at: number } | null>(null);
  const [shown, setShown] = useState<(PairOfPictures & { key: string }) | null>(null);
  const [failedKey, setFailedKey] = useState<string | null>(null);
  const current = items[0];
  // The network.
  useEffect(() => {
    let ended = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const get = (source: string) => {
      const known = loaded.current.get(source) ?? loadPicture(source);
      loaded.current.set(source, known);
      known.catch(() => loaded.current.delete(source));
      return known;
    };
    const wanted = [...items, ...(previous ? [previous] : [])].flatMap(({ left, right }) => [left, right]);
    for (const [source, picture] of loaded.current)
      if (!wanted.includes(source)) {
        loaded.current.delete(source);
        void picture.then(letGo, () => undefined);
      }
    const run = async () => {
      for (const item of items) {
        if (ended) return;
        try {
          const [left, right] = await Promise.all([get(item.left), get(item.right)]);
          if (item === current && !ended) {
            setShown({ key: item.key, left, right });
            setFailedKey(null);
          }
        } catch {
          if (item !== current || ended) continue;
          setFailedKey(item.key);
          timer = setTimeout(() => void run(), RETRY_MS);
          return;
        }
      }
      if (!ended) keepImages(wanted);
    };
    void run();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [items, current, previous]);
  const ready = current !== undefined && shown?.key === current.key;
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
  const pictures: PairOfPictures | null = ready ? shown : null;
  return { pictures, failed: current !== undefined && failedKey === current.key, sinceReady };
}
