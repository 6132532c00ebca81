import express, { Router } from "express";
import { z } from "zod";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { rateLimit } from "../graphql/rate-limit.ts";
import type { AuthService } from "./auth.service.ts";
import { readSessionCookie, sessionCookie } from "./session-cookie.ts";

/** Guessing a token is hopeless, and so is filling the log with tries. */
const ATTEMPTS_A_MINUTE = 20;

/** POST /auth/session { token } signs a browser in; DELETE /auth/session signs it out. */
export function authRoutes(auth: AuthService, https: boolean): Router {
  const router = Router();
  const { name, options } = sessionCookie(https);
  const mayTry = rateLimit(ATTEMPTS_A_MINUTE);
  router.post("/session", express.json({ limit: "4kb" }), async (request, response) => {
    if (!mayTry(request.ip ?? ""))
      throw new UserError("RATE_LIMITED", "Too many sign-ins from this address; wait a minute.");
    const { token } = parseInput(z.object({ token: z.string().min(1).max(500) }), request.body);
    const session = await auth.openSession(token.trim());
    response
      .cookie(name, session.cookie, { ...options, maxAge: session.maxAge * 1000 })
      .status(204)
      .end();
  });
  router.delete("/session", async (request, response) => {
    const cookie = readSessionCookie(request);
    if (cookie) await auth.endSession(cookie);
    response.clearCookie(name, options).status(204).end();
  });
  return router;
}
