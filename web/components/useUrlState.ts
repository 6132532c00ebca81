"use client";
import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";

export type UrlState<K extends string> = Record<K, string | null>;

/**
 * What a page shows, kept in its address, so that a link shows the same. `change` replaces the entry in the browser's
 * history; with `push` the back button leads here again. The server is not asked: addresses are this page's own.
 */
export function useUrlState<K extends string>(
  keys: readonly K[],
): { state: UrlState<K>; change(to: Partial<UrlState<K>>, how?: "push" | "replace"): void } {
  const params = useSearchParams();
  const path = usePathname();
  const state = useMemo(
    () => Object.fromEntries(keys.map((key) => [key, params.get(key) || null])) as UrlState<K>,
    [keys, params],
  );
  const change = useCallback(
    (to: Partial<UrlState<K>>, how: "push" | "replace" = "replace") => {
      const next = new URLSearchParams(window.location.search);
      for (const [key, value] of Object.entries<string | null | undefined>(to))
        if (value) next.set(key, value);
        else next.delete(key);
      const address = next.size > 0 ? `${path}?${next}` : path;
      if (how === "push") window.history.pushState(null, "", address);
      else window.history.replaceState(null, "", address);
    },
    [path],
  );
  return { state, change };
}
