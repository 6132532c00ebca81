import express, { type Request, Router } from "express";
import { UserError } from "../../shared/user-error.ts";
import { type ArtifactService, bytesOf, DrawnImages, sendDrawn } from "../artifacts/artifact.service.ts";
import { rateLimit } from "../graphql/rate-limit.ts";
import type { BallotService } from "./ballot.service.ts";
import { ballotImage } from "./ballot-image.ts";

/** A minute. A person votes ten to thirty times; what queued while offline comes in a few requests. */
const REQUESTS_OF_A_PARTICIPANT = 240;
/** A minute and address: a lecture hall may share one. */
const JOINS_OF_AN_ADDRESS = 600;
/** A minute and address: mistyped links and guesses. */
const MISSES_OF_AN_ADDRESS = 60;

const KEPT_BY_THE_BROWSER = "private, max-age=86400, immutable";

/** The token in `Authorization: Ballot TOKEN`. It opens nothing but these routes. @throws UserError UNAUTHENTICATED */
function tokenOf(request: Request): string {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  if (scheme?.toLowerCase() !== "ballot" || !token)
    throw new UserError("UNAUTHENTICATED", "Send the link's token (Authorization: Ballot ...).");
  return token;
}

/**
 * What volunteers' browsers ask, all of it: POST / joins by the open link; with the token of a personal one GET /current is
 * what the study is about, POST /current/consent begins, POST /current/items gives the pairs ahead, POST /current/votes takes
 * votes, DELETE /current forgets the participant. GET /images/KEY/1 and /2 are the left and the right image of a pair.
 */
export function ballotRoutes(ballots: BallotService, { store }: ArtifactService): Router {
  const router = Router();
  const images = new DrawnImages();
  const [mayAsk, mayJoin, mayMiss] = [REQUESTS_OF_A_PARTICIPANT, JOINS_OF_AN_ADDRESS, MISSES_OF_AN_ADDRESS].map(
    rateLimit,
  );
  const tooOften = () => new UserError("RATE_LIMITED", "Too many requests; wait a minute and go on.");
  const missed = (request: Request) => (error: unknown) => {
    if (error instanceof UserError && error.code === "NOT_FOUND" && !mayMiss?.(request.ip ?? "")) throw tooOften();
    throw error;
  };
  const serve = <T>(request: Request, work: (token: string) => Promise<T>): Promise<T> => {
    const token = tokenOf(request);
    if (!mayAsk?.(token)) throw tooOften();
    return work(token).catch(missed(request));
  };
  router.use((_request, response, next) => {
    response.set("Cache-Control", "no-store");
    next();
  });
  router.post("/", express.json({ limit: "4kb" }), async (request, response) => {
    if (!mayJoin?.(request.ip ?? "")) throw tooOften();
    response.status(201).json(await ballots.join(request.body).catch(missed(request)));
  });
  router.get("/current", async (request, response) => {
    response.json(await serve(request, (token) => ballots.open(token)));
  });
  router.post("/current/consent", async (request, response) => {
    response.json(await serve(request, (token) => ballots.consent(token)));
  });
  router.post("/current/items", async (request, response) => {
    response.json(await serve(request, (token) => ballots.items(token)));
  });
  router.post("/current/votes", express.json({ limit: "32kb" }), async (request, response) => {
    response.json({ results: await serve(request, (token) => ballots.vote(token, request.body)) });
  });
  router.delete("/current", async (request, response) => {
    await serve(request, (token) => ballots.withdraw(token));
    response.status(204).end();
  });
  router.get("/images/:key/:side", async (request, response) => {
    const { key, side } = request.params;
    const sha256 = side === "1" || side === "2" ? await ballots.image(key, side === "1") : null;
    if (!sha256) throw new UserError("NOT_FOUND", "No such image.");
    const image = await images.of(sha256, async () => ballotImage(await bytesOf(store.read(sha256))));
    sendDrawn(image, response, KEPT_BY_THE_BROWSER);
  });
  return router;
}
