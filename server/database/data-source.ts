import pg from "pg";
import { DataSource, type DataSourceOptions } from "typeorm";
import { SnakeNamingStrategy } from "./naming.ts";

/** bigint columns (seeds, byte sizes, counts) hold values below 2^53 by their checks, so they are read as numbers. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export interface DatabaseOptions {
  url: string;
  entities: NonNullable<DataSourceOptions["entities"]>;
  migrations: NonNullable<DataSourceOptions["migrations"]>;
  poolSize?: number;
  applicationName?: string;
}

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
    extra: { statement_timeout: 60_000, idle_in_transaction_session_timeout: 60_000, connectionTimeoutMillis: 10_000 },
  });
}
