import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { ApolloServer } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { ApolloServerPluginDrainHttpServer } from "@apollo/server/plugin/drainHttpServer";
import { expressMiddleware } from "@as-integrations/express5";
import compression from "compression";
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from "express";
import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { DataSource } from "typeorm";
import { Role } from "../shared/enums.ts";
import { USER_ERROR_CODES, UserError, type UserErrorCode } from "../shared/user-error.ts";
import { artifactRoutes } from "./artifacts/artifact.routes.ts";
import { authRoutes } from "./auth/auth.routes.ts";
import { principalOf } from "./auth/session-cookie.ts";
import { listenForChanges } from "./database/notifications.ts";
import { isDatabaseAway } from "./database/unavailable.ts";
import { exportRoutes } from "./exports/export.routes.ts";
import { Changes } from "./graphql/changes.ts";
import { compiledExecution } from "./graphql/compiled-execution.ts";
import type { Principal, RequestContext, Services } from "./graphql/context.ts";
import { formatErrors, refusal, unavailableStatus } from "./graphql/errors.ts";
import { runFixedDocument } from "./graphql/fixed-document.ts";
import { knownOperation } from "./graphql/known-operation.ts";
import { operationLimits } from "./graphql/limits.ts";
import { RequestLoaders } from "./graphql/loader.ts";
import { storableText } from "./graphql/storable-text.ts";
import { noSubscriptionsByPost } from "./graphql/subscribe.ts";
import { type SubscriptionServer, serveSubscriptions } from "./graphql/subscriptions.ts";
import { httpGuard, isForeignHost, isForeignOrigin } from "./http-guard.ts";
import { shareRoutes } from "./shares/share.routes.ts";
import { ballotRoutes } from "./studies/ballot.routes.ts";
import { telemetry } from "./telemetry.ts";

const STATUS_OF: Partial<Record<UserErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  FEATURES_MISSING: 409,
  SAMPLES_NOT_SCORED: 409,
  STUDY_NOT_OPEN: 409,
  TOO_FEW_ITEMS: 409,
  TOO_LARGE: 413,
  IMAGE_REFUSED: 422,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  STORAGE_FULL: 507,
};

/** Answers of the routes that are not GraphQL: `{ error: { code, message, field } }`. */
function errorAnswers(log: Logger): ErrorRequestHandler {
  // Express knows a handler of errors by its four parameters.
  return (error: unknown, request, response, _next) => {
    if (response.headersSent) {
      // The client must not take what it has for the whole.
      log.error({ err: error, path: request.path }, "an answer broke off");
      response.destroy();
      return;
    }
    const status = (error as { status?: number }).status;
    const away = isDatabaseAway(error);
    if (away) log.warn({ err: error, path: request.path }, "the database can't be reached");
    const known = away ? unavailable() : error;
    if (known instanceof UserError) {
      const { code, message, field } = known;
      response.status(STATUS_OF[code] ?? 400).json({ error: { code, message, field: field ?? null } });
    } else if (status && status >= 400 && status < 500) {
      const code: UserErrorCode = status === 413 ? "TOO_LARGE" : "BAD_INPUT";
      response.status(status).json({ error: { code, message: (error as Error).message, field: null } });
    } else {
      log.error({ err: error, path: request.path }, "unexpected error in a request");
      response.status(500).json({ error: { code: "INTERNAL", message: "Something went wrong here.", field: null } });
    }
  };
}

/**
 * Pages run only scripts that carry the nonce of their own answer, and load nothing from elsewhere. Next takes the nonce
 * for its scripts from the request's header, the layout takes it from x-nonce. Inline styles are Mantine's way to set
 * variables, so they are allowed; fonts inside a style sheet are the explorer's.
 */
const contentSecurityPolicy: RequestHandler = (request, response, next) => {
  const nonce = randomBytes(16).toString("base64");
  const policy = [
    "default-src 'self'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    // The explorer's editor has workers, to which one also comes from other pages without a new one being loaded; a volunteer's page has
    // one to be opened offline.
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
  request.headers["content-security-policy"] = policy;
  request.headers["x-nonce"] = nonce;
  response.set("Content-Security-Policy", policy);
  next();
};

/** Lets pass only browsers that open /graphql as a page, after signing in; whoever asks for anything else gets the API. */
function onlyReaders(principal: (request: Request) => Promise<Principal | null>): RequestHandler {
  return async (request, response, next) => {
    if (request.accepts(["json", "html"]) !== "html") next("route");
    else if (await principal(request)) next();
    else response.redirect(`/sign-in?next=${encodeURIComponent(request.originalUrl)}`);
  };
}

const unavailable = () => new UserError("UNAVAILABLE", USER_ERROR_CODES.UNAVAILABLE);

/** Who asks can't be known without the database. */
function askAgainIfAway(error: unknown): never {
  throw isDatabaseAway(error) ? refusal(unavailable()) : error;
}

/** Who asks the fixed questions of share links (server/shares): a reader who is nobody. */
const VISITOR: Principal = { userId: "", tokenId: "", name: "a visitor", role: Role.VIEWER };

export interface HttpParts {
  schema: GraphQLSchema;
  services: Services;
  db: DataSource;
  log: Logger;
  /** Behind a TLS proxy: cookies get Secure, and a client's address is the one that the proxy names. */
  https: boolean;
  /** Names the server goes by, as in a URL; any if not given. */
  names?: readonly string[];
  /** Everything that no other route answers: the dashboard. */
  web?: RequestHandler;
}

/** Passes on what any server of the lab changed, to subscribers and to the memory of who may do what. */
function hearChanges({ db, services, log }: HttpParts, changes: Changes, subscriptions: SubscriptionServer) {
  return listenForChanges(db, {
    onChange(change) {
      changes.publish(change);
      if (change.topic !== "credentials") return;
      services.auth.forget();
      void subscriptions.recheck();
    },
    onGap() {
      services.auth.forget();
      changes.missed();
      subscriptions.restart();
    },
    onError: (error) => log.warn({ err: error }, "the connection that hears of changes; trying again"),
  });
}

/** The one HTTP server: GraphQL, artifacts, sign-in, health, metrics and the dashboard. Not yet listening. */
export async function createHttpServer(parts: HttpParts): Promise<{ server: Server; stop(): Promise<void> }> {
  const { schema, services, db, log } = parts;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag"); // answers differ by who asks and are not kept; artifacts have their hash
  if (parts.https) app.set("trust proxy", ["loopback", "linklocal", "uniquelocal"]);
  const server = createServer(app);
  const apollo = new ApolloServer<RequestContext>({
    gateway: compiledExecution(schema),
    csrfPrevention: true,
    introspection: true, // the schema is no secret (shared/schema.graphql), and the explorer shows it
    includeStacktraceInErrorResponses: false,
    formatError: formatErrors(log),
    stopOnTerminationSignals: false,
    plugins: [
      noSubscriptionsByPost,
      knownOperation,
      operationLimits,
      storableText,
      unavailableStatus,
      ApolloServerPluginDrainHttpServer({ httpServer: server }),
      ApolloServerPluginLandingPageDisabled(),
      // It would wrap every field of every type, though no answer is cached.
      ApolloServerPluginCacheControlDisabled(),
    ],
  });
  await apollo.start();
  const principal = (request: Pick<Request, "headers">) => principalOf(request, services.auth);
  const changes = new Changes();
  const contextOf = (asking: Principal | null): RequestContext => ({
    principal: asking,
    loaders: new RequestLoaders(db.manager),
    services,
    changes,
    log,
  });
  const subscriptions = serveSubscriptions({
    server,
    path: "/graphql",
    schema,
    log,
    isForeign: (headers) => isForeignOrigin(headers) || isForeignHost(headers, parts.names),
    principalOf: principal,
    contextOf,
  });
  const listener = await hearChanges(parts, changes, subscriptions);
  const { observe, routes: telemetryRoutes } = telemetry({ db, jobs: services.jobs, principalOf: principal });
  app.use(observe, httpGuard(parts.names));
  app.get("/healthz", async (_request, response) => {
    await db.query("select 1");
    response.json({ ok: true });
  });
  app.use("/metrics", telemetryRoutes);
  app.use("/auth", authRoutes(services.auth, parts.https));
  app.use("/artifacts", artifactRoutes(services.artifacts, principal));
  app.use("/exports", exportRoutes(services.exports, principal));
  // an answer's names repeat, and pages ask again over networks; images are small as they are
  app.use(["/graphql", "/shared"], compression());
  app.use(
    "/shared",
    shareRoutes({
      ...services,
      https: parts.https,
      versionOf: (experimentId) => changes.versionOf("rounds", experimentId),
      ask: (asked) => runFixedDocument(schema, contextOf(VISITOR), asked),
    }),
  );
  app.use("/ballots", ballotRoutes(services.ballots, services.artifacts));
  if (parts.web) app.get("/graphql", onlyReaders(principal), contentSecurityPolicy, parts.web);
  app.use("/graphql", express.json({ limit: "32mb" }));
  app.use(
    "/graphql",
    expressMiddleware(apollo, { context: async ({ req }) => contextOf(await principal(req).catch(askAgainIfAway)) }),
  );
  if (parts.web) app.use(contentSecurityPolicy, parts.web);
  app.use((request) => {
    throw new UserError("NOT_FOUND", `Nothing is at ${request.path}.`);
  });
  app.use(errorAnswers(log));
  const stop = async (): Promise<void> => {
    await subscriptions.stop();
    await apollo.stop();
    await services.announcements.flush();
    await listener.stop();
  };
  return { server, stop };
}
