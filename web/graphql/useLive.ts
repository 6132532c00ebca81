"use client";
import type { OperationVariables, TypedDocumentNode } from "@apollo/client";
import { useSubscription } from "@apollo/client/react";
import { useDidUpdate, useThrottledCallback } from "@mantine/hooks";
import { useEffect, useSyncExternalStore } from "react";
import { liveConnection } from "./liveConnection.ts";

/** A page asks again once a second at most, however many events come. */
const ASK_AGAIN_MS = 1_000;
const POLL_MS = 3_000;
const never = () => false;
const none = () => 0;

interface Live<TVariables extends OperationVariables> {
  variables?: TVariables;
  /** Asks again for what the page shows: `refetch` of its query. */
  refetch(): Promise<unknown>;
  /** Nothing on the page can change. */
  skip?: boolean;
}

/**
 * Keeps a page's query fresh: every event of the subscription asks again, and so does a socket that opens. While there is no socket, the page polls.
 */
export function useLive<TData, TVariables extends OperationVariables>(
  subscription: TypedDocumentNode<TData, TVariables>,
  { variables, refetch, skip = false }: Live<TVariables>,
): void {
  const open = useSyncExternalStore(liveConnection.subscribe, liveConnection.isOpen, never);
  const openings = useSyncExternalStore(liveConnection.subscribe, liveConnection.openings, none);
  // The query itself says when asking fails.
  const askAgain = useThrottledCallback(() => void refetch().catch(() => undefined), ASK_AGAIN_MS);
  useSubscription(subscription, {
    ...(variables && { variables }),
    skip,
    ignoreResults: true,
    onData: askAgain,
  } as useSubscription.Options<TData, TVariables>);
  // What happened before the socket opened, for the first time or again, is to be asked for.
  useDidUpdate(() => {
    if (!skip) askAgain();
  }, [openings]);
  // The timer is outside React.
  useEffect(() => {
    if (skip || open) return;
    const timer = setInterval(askAgain, POLL_MS);
    return () => clearInterval(timer);
  }, [skip, open, askAgain]);
}
