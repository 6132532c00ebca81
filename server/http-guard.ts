import type { IncomingHttpHeaders } from "node:http";
import type { RequestHandler } from "express";
import { UserError } from "../shared/user-error.ts";

/** Names by which this machine reaches itself. */
export const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"] as const;

/**
 * Whether the request was sent by a page of another site. Browsers say so themselves in Sec-Fetch-Site, or at least name the
 * page's origin; scripts send neither. Behind a proxy the name that the browser knows is in X-Forwarded-Host, which no page
 * of another site can set without asking first.
 */
export function isForeignOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  if (headers.origin === undefined) return false;
  const origin = URL.parse(headers.origin)?.host;
  return origin === undefined || (origin !== headers.host && origin !== headers["x-forwarded-host"]);
}

/** Whether the request is for a server of another name: a page whose name was made to point here (DNS rebinding). Without `names` no. */
export function isForeignHost(headers: IncomingHttpHeaders, names: readonly string[] | undefined): boolean {
  return names !== undefined && !names.includes(URL.parse(`http://${headers.host ?? ""}`)?.hostname ?? "");
}

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Sets the security headers of every answer and refuses what a browser was tricked into sending.
 * @param names the server goes by; without them it answers to any
 */
export function httpGuard(names?: readonly string[]): RequestHandler {
  return (request, response, next) => {
    response.set({
      "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY",
      "Content-Security-Policy": "frame-ancestors 'none'",
      "Referrer-Policy": "no-referrer",
      "Cross-Origin-Resource-Policy": "same-origin",
    });
    if (isForeignHost(request.headers, names))
      throw new UserError(
        "FORBIDDEN",
        `This server does not go by the name in the Host header; add it to GANRM_ALLOWED_HOSTS if it should.`,
        "Host",
      );
    if (!READS.has(request.method) && isForeignOrigin(request.headers))
      throw new UserError("FORBIDDEN", "Pages of other sites may not change anything here.", "Origin");
    next();
  };
}
