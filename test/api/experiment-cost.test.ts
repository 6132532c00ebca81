import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../support/server.ts";
import { openExperiment } from "./open-experiment.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

test("what an experiment took is told by kind of job, and only its own count", async () => {
  const { experimentId, roundId } = await openExperiment(server, 1, 2);
  const insert = (kind: string, state: string, input: object, { seconds = 0, drawn = 0 } = {}) =>
    server.db.query(
      `insert into jobs (kind, natural_key, state, input, result, started_at, finished_at)
       values ($1, gen_random_uuid()::text, $2, $3, $4, now() - make_interval(secs => $5), now())`,
      [kind, state, JSON.stringify(input), JSON.stringify(drawn ? { drawn } : {}), seconds],
    );
  const [{ id: rewardModelId }] = await server.db.query(
    `insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed) values ($1, 'R', 'NAIVE', 'e', '{}', 0) returning id`,
    [roundId],
  );
  const other = await openExperiment(server, 1, 2);
  await insert("GENERATE_SAMPLES", "SUCCEEDED", { roundId }, { seconds: 100, drawn: 40 });
  await insert("GENERATE_SAMPLES", "SUCCEEDED", { roundId }, { seconds: 50, drawn: 2 });
  await insert("TRAIN_REWARD_MODEL", "FAILED", { rewardModelId }, { seconds: 30 });
  await insert("GENERATE_SAMPLES", "SUCCEEDED", { roundId: other.roundId }, { seconds: 999, drawn: 999 });
  const { data } = await server.ask(
    "query ($id: ID!) { experiment(id: $id) { cost { workerSeconds imagesDrawn kinds { kind jobs lost workerSeconds imagesDrawn } } } }",
    { id: experimentId },
  );
  const { cost } = data.experiment;
  expect(cost.workerSeconds).toBeCloseTo(180, 3);
  expect(cost.imagesDrawn).toBe(42);
  expect(cost.kinds).toMatchObject([
    { kind: "GENERATE_SAMPLES", jobs: 2, lost: 0, imagesDrawn: 42 },
    { kind: "TRAIN_REWARD_MODEL", jobs: 1, lost: 1, imagesDrawn: 0 },
  ]);
});
