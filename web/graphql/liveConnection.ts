import { createClient } from "graphql-ws";

const PING_EVERY_MS = 15_000;
const PONG_WITHIN_MS = 5_000;
/** A page that is left for another one keeps the socket open for it. */
const LINGER_MS = 5_000;
const LONGEST_PAUSE_MS = 15_000;

let open = false;
let openings = 0;
let pongMissing: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function set(isOpen: boolean): void {
  open = isOpen;
  if (isOpen) openings++;
  for (const listener of listeners) listener();
}

/** The one socket of this tab, opened by the first subscription. Lost, it comes back by itself, as does its session. */
export const socket = createClient({
  url: () => `${window.location.origin.replace(/^http/, "ws")}/graphql`,
  retryAttempts: Number.POSITIVE_INFINITY,
  // At random, so that all tabs of a lab do not return to a restarted server in one moment.
  retryWait: (retries) =>
    new Promise((resolve) =>
      setTimeout(resolve, Math.min(250 * 2 ** retries, LONGEST_PAUSE_MS) * (0.5 + Math.random())),
    ),
  lazyCloseTimeout: LINGER_MS,
  keepAlive: PING_EVERY_MS,
  on: {
    connected: () => set(true),
    closed() {
      clearTimeout(pongMissing);
      set(false);
    },
    ping(received) {
      // A laptop that slept has a socket that looks open and is not.
      if (!received) pongMissing = setTimeout(() => socket.terminate(), PONG_WITHIN_MS);
    },
    pong: () => clearTimeout(pongMissing),
  },
});

/** For `useSyncExternalStore`. */
export const liveConnection = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  isOpen: (): boolean => open,
  /** How often it was opened; more than once, events were missed in between. */
  openings: (): number => openings,
};
