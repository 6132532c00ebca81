import path from "node:path";
import { z } from "zod";

const flag = z.enum(["0", "1"]).transform((value) => value === "1");

const environment = z.object({
  /** Postgres to use; without it one is started in the data folder. */
  DATABASE_URL: z.string().optional(),
  /** Where the embedded Postgres, artifacts and the admin token live. */
  GANRM_DATA_DIR: z.string().default("data"),
  /** Address to listen on; 127.0.0.1 unless the lab decides otherwise. */
  GANRM_HOST: z.string().default("127.0.0.1"),
  GANRM_PORT: z.coerce.number().int().min(0).max(65_535).default(4400),
  /** An ADMIN token chosen by the operator; without it one is made at the first start. */
  GANRM_ADMIN_TOKEN: z.string().min(20, "must have at least 20 characters").optional(),
  /** Serve the dashboard. */
  GANRM_WEB: flag.default(true),
  /** Local workers to start. */
  GANRM_WORKERS: z.coerce.number().int().min(0).max(64).default(1),
  /** Served over HTTPS by a proxy: cookies get Secure. */
  GANRM_HTTPS: flag.default(false),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
});

export interface Config {
  databaseUrl: string | undefined;
  dataDirectory: string;
  host: string;
  port: number;
  adminToken: string | undefined;
  web: boolean;
  workers: number;
  https: boolean;
  logLevel: string;
}

/** Reads the configuration. @throws Error naming the variable at fault */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`${issue?.path.join(".")}: ${issue?.message}`);
  }
  const e = parsed.data;
  return {
    databaseUrl: e.DATABASE_URL,
    dataDirectory: path.resolve(e.GANRM_DATA_DIR),
    host: e.GANRM_HOST,
    port: e.GANRM_PORT,
    adminToken: e.GANRM_ADMIN_TOKEN,
    web: e.GANRM_WEB,
    workers: e.GANRM_WORKERS,
    https: e.GANRM_HTTPS,
    logLevel: e.LOG_LEVEL,
  };
}
