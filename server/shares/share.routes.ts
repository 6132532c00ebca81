import { pipeline } from "node:stream/promises";
import express, { type CookieOptions, type Request, Router } from "express";
import { z } from "zod";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { type ArtifactService, thumbnailKey } from "../artifacts/artifact.service.ts";
import { cookieOf } from "../graphql/cookies.ts";
import { rateLimit } from "../graphql/rate-limit.ts";
import type { SharedQuestion, ShareLinkService } from "./share-link.service.ts";

const COOKIE = "ganrm_share";
const SESSION_DAYS = 14;
/** A minute and address: a lecture hall may share one. */
const OPENED_BY_AN_ADDRESS = 120;
const SAMPLE_SIZE = 640;

interface ShareParts {
  shareLinks: ShareLinkService;
  artifacts: ArtifactService;
  /** Another text after every change of an experiment's rounds. */
  versionOf(experimentId: string): string;
  /** Asks one of the fixed questions as a reader. */
  ask(question: SharedQuestion): Promise<unknown>;
  https: boolean;
}

/**
 * What the visitor of a share link asks, all of it: POST /:link/session { token } gives a cookie for the routes of this link alone,
 * GET /:link the experiment, or 304 where the visitor's is still true, GET /:link/rounds/:index?after=CURSOR a page of a round's samples, GET /:link/images/:sha256 a sample.
 */
export function shareRoutes({ shareLinks, artifacts, versionOf, ask, https }: ShareParts): Router {
  const router = Router();
  const mayOpen = rateLimit(OPENED_BY_AN_ADDRESS);
  const cookieOptions = (link: string): CookieOptions => ({
    ...{ httpOnly: true, sameSite: "strict", secure: https, path: `/shared/${link}` },
  });
  const opened = ({ params: { link }, headers }: Request<{ link: string }>) =>
    shareLinks.open(link, cookieOf(headers, COOKIE) ?? "");
  const experimentOf = async (request: Request<{ link: string }>): Promise<string> =>
    (await opened(request)).experimentId;
  router.use((_request, response, next) => {
    response.set({ "Cache-Control": "no-store", "X-Robots-Tag": "noindex" });
    next();
  });
  router.post("/:link/session", express.json({ limit: "4kb" }), async (request, response) => {
    if (!mayOpen(request.ip ?? "")) throw new UserError("RATE_LIMITED", "Too many tries; wait a minute and go on.");
    const { token } = parseInput(z.object({ token: z.string().min(1).max(100) }), request.body);
    const { link } = request.params;
    await shareLinks.open(link, token);
    // The link's own secret, checked at every request: when the link ends, so does this.
    response
      .cookie(COOKIE, token, { ...cookieOptions(link), maxAge: SESSION_DAYS * 86_400_000 })
      .status(204)
      .end();
  });
  router.get("/:link", async (request, response) => {
    const { experimentId, version } = await opened(request);
    // Taken before the answer: at worst it is asked for once too often.
    const tag = `W/"${version}.${versionOf(experimentId)}"`;
    response.set("ETag", tag);
    if (request.headers["if-none-match"] === tag) response.status(304).end();
    else response.json(await ask(shareLinks.experiment(experimentId)));
  });
  router.get("/:link/rounds/:index", async (request, response) => {
    const experimentId = await experimentOf(request);
    const { after } = parseInput(z.object({ after: z.string().max(1000).nullish() }), { after: request.query.after });
    response.json(await ask(await shareLinks.round(experimentId, request.params.index, after ?? null)));
  });
  router.get("/:link/images/:sha256", async (request, response) => {
    const experimentId = await experimentOf(request);
    const { sha256 } = request.params;
    const key = thumbnailKey(sha256, SAMPLE_SIZE);
    if (!(await shareLinks.isSample(experimentId, sha256)) || !(await artifacts.store.has(key)))
      throw new UserError("NOT_FOUND", "The experiment has no such image.");
    response.set("Content-Type", "image/webp");
    await pipeline(artifacts.store.read(key), response).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error; // a browser that leaves is no error of ours
    });
  });
  return router;
}
