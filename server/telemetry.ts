import { type RequestHandler, Router } from "express";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { DataSource } from "typeorm";
import { Role } from "../shared/enums.ts";
import { requireRole } from "./graphql/authorization.ts";
import type { Principal } from "./graphql/context.ts";
import type { JobService } from "./jobs/job.service.ts";

/** First parts of the paths that are told apart; all else is the dashboard. */
const ROUTES = new Set(["graphql", "artifacts", "auth", "healthz", "metrics"]);

interface TelemetryParts {
  db: DataSource;
  jobs: JobService;
  principalOf(request: { headers: Record<string, string | string[] | undefined> }): Promise<Principal | null>;
}

/**
 * What an operator watches, in Prometheus's format: requests and their times by route and status, jobs by kind and state,
 * connections to Postgres, and the process itself. Readable with any token that may read.
 */
export function telemetry({ db, jobs, principalOf }: TelemetryParts): { observe: RequestHandler; routes: Router } {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const seconds = new Histogram({
    name: "ganrm_http_seconds",
    help: "Seconds from a request's arrival to the end of its answer.",
    labelNames: ["route", "status"] as const,
    registers,
  });
  new Gauge({
    name: "ganrm_jobs",
    help: "Jobs on record.",
    labelNames: ["kind", "state"] as const,
    registers,
    async collect() {
      this.reset();
      for (const { kind, state, count } of await jobs.counts()) this.set({ kind, state }, count);
    },
  });
  new Gauge({
    name: "ganrm_database_connections",
    help: "Connections of this server to Postgres; waiting: requests that wait for one.",
    labelNames: ["state"] as const,
    registers,
    collect() {
      for (const [state, count] of Object.entries(poolOf(db))) this.set({ state }, count);
    },
  });
  const observe: RequestHandler = (request, response, next) => {
    const first = request.path.split("/")[1] ?? "";
    const end = seconds.startTimer({ route: ROUTES.has(first) ? first : "web" });
    response.on("finish", () => end({ status: response.statusCode }));
    next();
  };
  const routes = Router().get("/", async (request, response) => {
    requireRole(await principalOf(request), [Role.VIEWER]);
    response.type(registry.contentType).send(await registry.metrics());
  });
  return { observe, routes };
}

/** TypeORM keeps node-postgres's pool as the driver's `master`. */
function poolOf(db: DataSource): { busy: number; idle: number; waiting: number } {
  const { master } = db.driver as unknown as {
    master: { totalCount: number; idleCount: number; waitingCount: number };
  };
  return { busy: master.totalCount - master.idleCount, idle: master.idleCount, waiting: master.waitingCount };
}
