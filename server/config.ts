import path from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import type { S3Options } from "./artifacts/s3-store.ts";
import { LOOPBACK_NAMES } from "./http-guard.ts";

const flag = z.enum(["0", "1"]).transform((value) => value === "1");

/** The environment of a server; what a worker reads is in `worker/config.ts`. */
export const environment = z.object({
  /** Postgres to use; without it one is started in the data folder. */
  DATABASE_URL: z.string().optional(),
  /** Where the embedded Postgres, artifacts and the admin token live. */
  GANRM_DATA_DIR: z.string().default("data"),
  /** Address to listen on; 127.0.0.1 unless the lab decides otherwise. */
  GANRM_HOST: z.string().default("127.0.0.1"),
  /** Names, separated by commas, that clients may use for this server beside localhost; by default any but on loopback. */
  GANRM_ALLOWED_HOSTS: z
    .string()
    .transform((names) =>
      names
        .split(",")
        .map((name) => name.trim().toLowerCase())
        .filter(Boolean),
    )
    .default([]),
  GANRM_PORT: z.coerce.number().int().min(0).max(65_535).default(4400),
  /** An ADMIN token chosen by the operator; without it one is made at the first start. */
  GANRM_ADMIN_TOKEN: z.string().min(20, "must have at least 20 characters").optional(),
  /** A WORKER token chosen by the operator, for workers that start together with the server. */
  GANRM_WORKER_TOKEN: z.string().min(20, "must have at least 20 characters").optional(),
  /** S3-compatible store for artifacts; without a bucket they lie in the data folder. */
  GANRM_S3_BUCKET: z.string().min(1).optional(),
  GANRM_S3_ENDPOINT: z.url().optional(),
  GANRM_S3_REGION: z.string().default("us-east-1"),
  GANRM_S3_ACCESS_KEY: z.string().default(""),
  GANRM_S3_SECRET_KEY: z.string().default(""),
  /** How long an artifact may be without references before it is collected, counted from its upload. */
  GANRM_ARTIFACT_GRACE_HOURS: z.coerce.number().min(1, "must be at least 1").max(8760).default(24),
  /** How long the snapshots of a reward model's training are kept for models of other strategies to be made of them. */
  GANRM_TRAINING_RUN_DAYS: z.coerce.number().int().min(1, "must be at least 1").max(3650).default(30),
  /** Serve the dashboard. */
  GANRM_WEB: flag.default(true),
  /** Local workers to start. */
  GANRM_WORKERS: z.coerce.number().int().min(0).max(64).default(1),
  /** A worker that is silent for so long loses its job to another. */
  GANRM_LEASE_SECONDS: z.coerce.number().int().min(10, "must be at least 10").max(3600).default(20),
  /** Served over HTTPS by a proxy: cookies get Secure, and the proxy's X-Forwarded-For says who a client is. */
  GANRM_HTTPS: flag.default(false),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
});

const onLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(host);

export interface Config {
  databaseUrl: string | undefined;
  dataDirectory: string;
  host: string;
  /** Names the server answers to, as in a URL; undefined: any. */
  names: string[] | undefined;
  port: number;
  adminToken: string | undefined;
  workerToken: string | undefined;
  s3: S3Options | undefined;
  artifactGraceHours: number;
  trainingRunDays: number;
  web: boolean;
  workers: number;
  leaseSeconds: number;
  https: boolean;
  logLevel: string;
}

/**
 * Reads the configuration. `--workers N` says the same as GANRM_WORKERS=N and comes before it: `npm run server` is written
 * with it, in a form that every shell understands.
 * @throws Error naming the variable or flag at fault
 */
export function readConfig(env: Record<string, string | undefined>, args: string[] = []): Config {
  const { workers } = parseArgs({ args, options: { workers: { type: "string" } } }).values;
  const parsed = environment.safeParse(workers === undefined ? env : { ...env, GANRM_WORKERS: workers });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`${issue?.path.join(".")}: ${issue?.message}`);
  }
  const e = parsed.data;
  return {
    databaseUrl: e.DATABASE_URL,
    dataDirectory: path.resolve(e.GANRM_DATA_DIR),
    host: e.GANRM_HOST,
    names:
      onLoopback(e.GANRM_HOST) || e.GANRM_ALLOWED_HOSTS.length
        ? [...LOOPBACK_NAMES, ...e.GANRM_ALLOWED_HOSTS]
        : undefined,
    port: e.GANRM_PORT,
    adminToken: e.GANRM_ADMIN_TOKEN,
    workerToken: e.GANRM_WORKER_TOKEN,
    s3: e.GANRM_S3_BUCKET
      ? {
          bucket: e.GANRM_S3_BUCKET,
          endpoint: e.GANRM_S3_ENDPOINT,
          region: e.GANRM_S3_REGION,
          accessKeyId: e.GANRM_S3_ACCESS_KEY,
          secretAccessKey: e.GANRM_S3_SECRET_KEY,
        }
      : undefined,
    artifactGraceHours: e.GANRM_ARTIFACT_GRACE_HOURS,
    trainingRunDays: e.GANRM_TRAINING_RUN_DAYS,
    web: e.GANRM_WEB,
    workers: e.GANRM_WORKERS,
    leaseSeconds: e.GANRM_LEASE_SECONDS,
    https: e.GANRM_HTTPS,
    logLevel: e.LOG_LEVEL,
  };
}
