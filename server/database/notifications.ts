import pg from "pg";
import type { DataSource } from "typeorm";
import { z } from "zod";
import type { Change } from "../graphql/changes.ts";

/** The channel of migration 0030's triggers. */
const CHANNEL = "ganrm_changes";
/** How often a server announces what it stored, so that a thousand small batches a second cost a few statements. */
const ANNOUNCE_EVERY_MS = 200;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** A connection that died without a word is found by asking it something this often. */
const PROBE_EVERY_MS = 30_000;
const ANSWER_WITHIN_MS = 10_000;

const notification: z.ZodType<Change> = z.object({
  topic: z.string(),
  id: z.string(),
  parentId: z.string().nullable(),
  aspect: z.string().optional(),
});

interface Listener {
  onChange(change: Change): void;
  /** Listening again after a break: changes were missed. */
  onGap(): void;
  onError(error: Error): void;
}

/**
 * Hears of every change that any server commits, over one connection of its own to `db`'s Postgres. A connection that breaks is made again,
 * with growing pauses up to 5 s, until `stop`. Resolves once it listens.
 */
export async function listenForChanges(db: DataSource, listener: Listener): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController();
  let client: pg.Client | undefined;
  const connect = async (): Promise<void> => {
    client = await connectOnce(urlOf(db), listener);
    if (stopping.signal.aborted) return client.end();
    const probe = setInterval(() => client?.query("select 1").catch(() => client?.end()), PROBE_EVERY_MS).unref();
    client.once("end", () => {
      clearInterval(probe);
      if (!stopping.signal.aborted) void reconnect();
    });
  };
  const reconnect = async (): Promise<void> => {
    for (let wait = FIRST_RETRY_MS; !stopping.signal.aborted; wait = Math.min(2 * wait, LAST_RETRY_MS)) {
      try {
        await connect();
        listener.onGap();
        return;
      } catch (error) {
        listener.onError(error as Error);
        await pause(wait, stopping.signal);
      }
    }
  };
  await connect();
  return {
    stop: async () => {
      stopping.abort();
      await client?.end().catch(() => undefined);
    },
  };
}

const urlOf = (db: DataSource): string => (db.options as { url?: string }).url ?? "";

async function connectOnce(url: string, { onChange, onError }: Listener): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "gan-rm-lab changes",
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    keepAlive: true,
  });
  client.on("error", onError);
  client.on("notification", ({ payload }) => {
    const parsed = notification.safeParse(JSON.parse(payload ?? "null"));
    if (parsed.success) onChange(parsed.data);
  });
  try {
    await client.connect();
    await client.query(`listen ${CHANNEL}`);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Tells all servers of changes too frequent for a trigger: each row (and aspect) once per interval, after its commit. */
export class Announcements {
  private readonly pending = new Map<string, Change>();
  private timer: NodeJS.Timeout | undefined;
  constructor(private readonly db: DataSource) {}

  announce(changes: Iterable<Change>): void {
    for (const item of changes) this.pending.set(`${item.topic}:${item.id}:${item.aspect}`, item);
    if (this.pending.size > 0) this.timer ??= setTimeout(() => void this.flush(), ANNOUNCE_EVERY_MS).unref();
  }

  /** Sends what waits. While Postgres is away it is kept: each changed row once. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const sent = [...this.pending.values()];
    this.pending.clear();
    if (sent.length === 0) return;
    const payloads = sent.map((item) => JSON.stringify(item));
    await this.db
      .query("select pg_notify($1, payload) from unnest($2::text[]) as payload", [CHANNEL, payloads])
      .catch(() => this.db.isInitialized && this.announce(sent));
  }
}
