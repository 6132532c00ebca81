import { setTimeout as sleep } from "node:timers/promises";
import { type Client, createClient } from "graphql-ws";
import WebSocket, { type ClientOptions } from "ws";
import type { GraphQLAnswer } from "./server.ts";

/** One graphql-ws connection, as a browser or a script has it. */
export interface Subscriber {
  client: Client;
  /** Close codes of the connections that ended, in order. */
  closed: number[];
  /** Starts a subscription. Its events are to be taken in order. */
  subscribe(query: string, variables?: Record<string, unknown>): Subscription;
  close(): Promise<void>;
}

export interface Subscription {
  /** The next event that is wanted; fails when none comes within ten seconds or `withinMs`, or when the subscription ended. */
  next(wanted?: (event: GraphQLAnswer) => boolean, withinMs?: number): Promise<GraphQLAnswer>;
  /** Resolves when the server listens: `poke` is to make events until one arrives. */
  listening(poke: () => Promise<unknown>): Promise<void>;
  /** Events that came and were not taken. */
  waiting(): GraphQLAnswer[];
}

interface Options {
  /** Sent in connectionParams. */
  token?: string;
  /** Headers of the upgrade request: cookie, origin. */
  headers?: ClientOptions["headers"];
  /** Comes back when the server closes the connection, unless for good. */
  retry?: boolean;
}

const WAIT_MS = 10_000;

export function subscriberOf(url: string, { token, headers, retry = false }: Options): Subscriber {
  class SocketWithHeaders extends WebSocket {
    constructor(address: string, protocols: string[]) {
      super(address, protocols, { headers });
    }
  }
  const closed: number[] = [];
  const client = createClient({
    url: `${url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: SocketWithHeaders,
    connectionParams: token ? { authorization: `Bearer ${token}` } : undefined,
    retryAttempts: retry ? 20 : 0,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 20)),
    on: { closed: (event) => closed.push((event as { code: number }).code) },
  });
  return {
    client,
    closed,
    subscribe: (query, variables) => subscriptionOf(client, query, variables),
    close: async () => client.dispose(),
  };
}

function subscriptionOf(client: Client, query: string, variables?: Record<string, unknown>): Subscription {
  const events: GraphQLAnswer[] = [];
  let ended: Error | undefined;
  client.subscribe<Record<string, unknown>>(
    { query, variables },
    {
      next: (event) => void events.push(event as unknown as GraphQLAnswer),
      error: (error) => {
        ended = errorOf(error);
      },
      complete: () => {
        ended ??= new Error("the subscription ended");
      },
    },
  );
  return {
    async next(wanted = () => true, withinMs = WAIT_MS) {
      for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(5)) {
        while (events.length > 0) {
          const event = events.shift();
          if (event && wanted(event)) return event;
        }
        if (ended) throw ended;
      }
      throw new Error(`no event within ${withinMs} ms`);
    },
    async listening(poke) {
      for (const deadline = Date.now() + WAIT_MS; events.length === 0 && Date.now() < deadline; await sleep(50))
        await poke();
    },
    waiting: () => events,
  };
}

/** What graphql-ws reports: errors of the operation, a close of the connection, or a failure to open it. */
function errorOf(report: unknown): Error {
  if (Array.isArray(report)) return new Error(JSON.stringify(report), { cause: report });
  const { code, message } = report as { code?: number; message?: string };
  return new Error(message ?? `closed with ${code}`);
}
