import type { IncomingHttpHeaders } from "node:http";
import type { CookieOptions } from "express";
import type { Principal } from "../graphql/context.ts";
import { cookieOf } from "../graphql/cookies.ts";
import type { AuthService } from "./auth.service.ts";

/** Anything that came with HTTP headers. */
type Request = { headers: IncomingHttpHeaders };

const NAME = "ganrm_session";

/** HttpOnly and SameSite=Strict: no script reads it and no other site sends it. */
export const sessionCookie = (https: boolean): { name: string; options: CookieOptions } => ({
  name: NAME,
  options: { httpOnly: true, sameSite: "strict", secure: https, path: "/" },
});

export const readSessionCookie = (request: Request): string | null => cookieOf(request.headers, NAME);

/** Who sends the request: by bearer token, else by session; null for nobody. */
export async function principalOf(request: Request, auth: AuthService): Promise<Principal | null> {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  if (scheme?.toLowerCase() === "bearer" && token) return auth.principalOfToken(token);
  const cookie = readSessionCookie(request);
  return cookie ? auth.principalOfSession(cookie) : null;
}
