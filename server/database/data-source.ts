import pg from "pg";
import { DataSource, type DataSourceOptions } from "typeorm";
import { SnakeNamingStrategy } from "./naming.ts";
import { PreparingClient } from "./prepared.ts";

/**
 * bigint columns (seeds, byte sizes, counts) hold values below 2^53 by their checks, so they are read as numbers.
 * numeric stays text, as pg reads it: no column uses it, and a sum of bigints must not lose digits unseen.
 */
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export interface DatabaseOptions {
  /** postgres://user:password@host:port/database */
  url: string;
  entities: NonNullable<DataSourceOptions["entities"]>;
  migrations: NonNullable<DataSourceOptions["migrations"]>;
  /** Connections at most, default 10. */
  poolSize?: number;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
}

/** Milliseconds. A request waits for no statement longer than a minute, and for no row lock longer than 15 seconds. */
const LIMITS = {
  statement_timeout: 60_000,
  lock_timeout: 15_000,
  idle_in_transaction_session_timeout: 60_000,
  connectionTimeoutMillis: 10_000,
  keepAlive: true,
};

/** Seconds. With a connection go the plans it keeps, some of which were made for tables that have grown since. */
const CONNECTION_LIFETIME = 60;

/** A TypeORM data source that never changes the schema by itself; `migrate` does. Not yet connected. */
export function createDataSource(options: DatabaseOptions): DataSource {
  return new DataSource({
    type: "postgres",
    url: options.url,
    entities: options.entities,
    migrations: options.migrations,
    migrationsTransactionMode: "each",
    namingStrategy: new SnakeNamingStrategy(),
    synchronize: false,
    poolSize: options.poolSize ?? 10,
    applicationName: options.applicationName ?? "gan-rm-lab",
    extra: { ...LIMITS, Client: PreparingClient, maxLifetimeSeconds: CONNECTION_LIFETIME },
  });
}
