"use client";
import { usePathname, useRouter, useSearchParams } from "next/navigation";

/** What the page shows; all of it is in the URL, so that a link shows the same. */
export interface RoundView {
  model: string | null;
  search: string | null;
  tag: string | null;
  label: string | null;
  after: string | null;
  before: string | null;
}
const KEYS = ["model", "search", "tag", "label", "after", "before"] as const;

export function useRoundView(): { view: RoundView; change(to: Partial<RoundView>): void } {
  const params = useSearchParams();
  const router = useRouter();
  const path = usePathname();
  const view = Object.fromEntries(KEYS.map((key) => [key, params.get(key)])) as unknown as RoundView;
  const change = (to: Partial<RoundView>) => {
    const next = new URLSearchParams();
    for (const [key, value] of Object.entries({ ...view, ...to })) if (value) next.set(key, value);
    router.replace(`${path}?${next}`, { scroll: "after" in to || "before" in to });
  };
  return { view, change };
}
