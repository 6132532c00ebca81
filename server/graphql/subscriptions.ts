import type { IncomingHttpHeaders, IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { GraphQLError, GraphQLSchema } from "graphql";
import { CloseCode, type ServerOptions } from "graphql-ws";
import { type Extra, useServer as speakGraphQL } from "graphql-ws/use/ws";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import { UserError } from "../../shared/user-error.ts";
import type { Principal, RequestContext } from "./context.ts";
import { formatErrors, refusal } from "./errors.ts";
import { prepare, subscribeAfresh } from "./subscribe.ts";

/** Limits of one server. A browser tab needs one connection and a handful of subscriptions. */
const LIMIT = { connections: 2_000, connectionsOfToken: 100, subscriptionsOfConnection: 50, messageBytes: 64 * 1024 };
const TOO_MANY_SUBSCRIPTIONS = `A connection has at most ${LIMIT.subscriptionsOfConnection} subscriptions.`;
/** Expiry makes no noise in the database, so who is connected is looked up again this often. */
const RECHECK_EVERY_MS = 30_000;
const CLOSE_WITHIN_MS = 2_000;
/** Registered close codes of RFC 6455, after which graphql-ws clients come back by themselves. */
const SERVICE_RESTART = 1012;
const TRY_AGAIN_LATER = 1013;

interface Parts {
  server: Server;
  path: string;
  schema: GraphQLSchema;
  log: Logger;
  /** Whether a page of another site asks, or one that knows this server by another name. */
  isForeign(headers: IncomingHttpHeaders): boolean;
  principalOf(credentials: Credentials): Promise<Principal | null>;
  contextOf(principal: Principal | null): RequestContext;
}

/** Headers that say who it is: the upgrade request's, with connectionParams in place of an authorization header. */
type Credentials = { headers: IncomingHttpHeaders };

export interface SubscriptionServer {
  /** Closes the connections whose token or session has ended. */
  recheck(): Promise<void>;
  /** Changes were missed: every client is sent away to come back and ask again. */
  restart(): void;
  stop(): Promise<void>;
}

/**
 * Subscriptions by the graphql-transport-ws protocol on the HTTP server's own port. Who connects says so by the session
 * cookie or by connectionParams `{ authorization: "Bearer <token>" }`; roles, depth and cost are those of queries, which
 * go by POST as all mutations do. Pages of other origins are refused, so no other site rides on a cookie.
 */
export function serveSubscriptions(parts: Parts): SubscriptionServer {
  const { server, log } = parts;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LIMIT.messageBytes });
  const gate = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const refusal = refusalOf(parts, request, sockets.clients.size);
    if (refusal) refuse(socket, refusal);
    else sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit("connection", ws, request));
  };
  server.on("upgrade", gate);
  const connections = new Connections(parts.principalOf);
  const protocol = speakGraphQL(protocolOf(parts, connections), sockets);
  const recheck = () =>
    connections.recheck().catch((error: unknown) => log.error({ err: error }, "while checking who is connected"));
  const timer = setInterval(recheck, RECHECK_EVERY_MS).unref();
  return {
    recheck,
    restart() {
      for (const socket of sockets.clients) socket.close(SERVICE_RESTART, "Changes were missed: ask again.");
    },
    async stop() {
      clearInterval(timer);
      server.off("upgrade", gate);
      const deadline = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
      }, CLOSE_WITHIN_MS);
      await protocol.dispose();
      clearTimeout(deadline);
    },
  };
}

/** The status line of a refusal; null for a request that may be upgraded. */
function refusalOf(parts: Parts, request: IncomingMessage, connections: number): string | null {
  if ((request.url ?? "").split("?")[0] !== parts.path) return "404 Not Found";
  if (parts.isForeign(request.headers)) return "403 Forbidden";
  return connections >= LIMIT.connections ? "503 Service Unavailable" : null;
}

function refuse(socket: Duplex, status: string): void {
  socket.on("error", () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Who is connected. */
class Connections {
  private readonly open = new Map<WebSocket, { credentials: Credentials; principal: Principal }>();
  constructor(private readonly principalOf: Parts["principalOf"]) {}

  principal(socket: WebSocket): Principal | null {
    return this.open.get(socket)?.principal ?? null;
  }

  /** Lets a socket in, or closes it with the reason. */
  async admit(socket: WebSocket, credentials: Credentials): Promise<boolean> {
    const principal = await this.principalOf(credentials);
    if (!principal) socket.close(CloseCode.Unauthorized, 'Sign in or send { authorization: "Bearer <token>" }.');
    else if (this.countOf(principal) >= LIMIT.connectionsOfToken)
      socket.close(TRY_AGAIN_LATER, `A token may have ${LIMIT.connectionsOfToken} connections.`);
    else if (socket.readyState === socket.OPEN) this.open.set(socket, { credentials, principal });
    return this.open.has(socket);
  }

  leave(socket: WebSocket): void {
    this.open.delete(socket);
  }

  async recheck(): Promise<void> {
    for (const [socket, { credentials, principal }] of this.open) {
      const now = await this.principalOf(credentials);
      if (now?.tokenId !== principal.tokenId || now.role !== principal.role)
        socket.close(CloseCode.Unauthorized, "The token or session has ended.");
    }
  }

  private countOf({ tokenId }: Principal): number {
    return [...this.open.values()].filter(({ principal }) => principal.tokenId === tokenId).length;
  }
}

/** How graphql-ws is to admit, run and answer. */
function protocolOf(parts: Parts, connections: Connections): ServerOptions<Record<string, unknown>, Extra> {
  const format = formatErrors(parts.log);
  const formatted = (error: GraphQLError) => format(error.toJSON(), error);
  return {
    onConnect({ connectionParams, extra: { socket, request } }) {
      const { cookie, authorization } = request.headers;
      const token = connectionParams?.authorization ?? authorization;
      return connections.admit(socket, { headers: { cookie, authorization: String(token ?? "") } });
    },
    onClose: ({ extra }) => connections.leave(extra.socket),
    onSubscribe({ subscriptions }, _id, payload) {
      if (Object.keys(subscriptions).length > LIMIT.subscriptionsOfConnection)
        return [refusal(new UserError("RATE_LIMITED", TOO_MANY_SUBSCRIPTIONS))];
      return prepare(parts.schema, payload);
    },
    context:
      ({ extra }) =>
      () =>
        parts.contextOf(connections.principal(extra.socket)),
    subscribe: subscribeAfresh,
    onNext: (...[, , , , result]) => ({ ...result, errors: result.errors?.map(formatted) }),
    onError: (...[, , , errors]) => errors.map((error) => formatted(error as GraphQLError)),
  };
}
