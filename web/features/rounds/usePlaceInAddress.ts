"use client";
import { useDebouncedCallback, useDidUpdate } from "@mantine/hooks";
import { useRef } from "react";
import type { VirtualScroll } from "../../components/virtual/useVirtualScroll.ts";
import { type ChangeView, itemOf, type RoundView } from "./roundView.ts";

/** The address follows the scrolling when it rests: browsers refuse more than some changes a second. */
const REST_MS = 300;

/** Writes an item as the place in the list, with what else changes. */
export type PutPlace = (item: number, to?: Partial<RoundView>) => void;

/** Keeps the address and the first item in view together: a link leads to the same place, and the back button goes back. */
export function usePlaceInAddress(
  { view, change }: { view: RoundView; change: ChangeView },
  scroll: VirtualScroll,
  first: number,
): PutPlace {
  const written = useRef(view.at);
  const put: PutPlace = (item, to = {}) => {
    written.current = item > 0 ? String(item + 1) : null;
    change({ ...to, at: written.current });
  };
  const follow = useDebouncedCallback((item: number) => {
    // What is compared says where the list is.
    if (!view.prompt) put(item);
  }, REST_MS);
  useDidUpdate(() => follow(first), [first]);
  useDidUpdate(() => {
    if (view.at !== written.current) scroll.goTo(itemOf(view.at), "top");
    written.current = view.at;
  }, [view.at]);
  return put;
}
