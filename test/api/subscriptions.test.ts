import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Role } from "../../shared/enums.ts";
import { SCORE_SAMPLES } from "../../shared/jobs/score-samples.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Subscriber, subscriberOf } from "../support/subscriber.ts";
import { type OpenExperiment, openExperiment } from "./open-experiment.ts";

/** Two servers on one database. Unless a test says otherwise, one changes things and the other is listened to. */
let changing: TestServer;
let listening: TestServer;
let lab: OpenExperiment;
const open: Subscriber[] = [];

beforeAll(async () => {
  changing = await startTestServer();
  listening = await startTestServer({ beside: changing });
  lab = await openExperiment(changing, 8, 4);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((subscriber) => subscriber.close()));
});
afterAll(async () => {
  await listening?.stop();
  await changing?.stop();
});

type Connection = Parameters<typeof subscriberOf>[1] & { role?: Role | null };

function connect({ role = Role.VIEWER, ...options }: Connection = {}, server = listening): Subscriber {
  const subscriber = subscriberOf(server.url, { token: role ? changing.tokens[role] : undefined, ...options });
  open.push(subscriber);
  return subscriber;
}

async function signIn(token: string): Promise<string> {
  const response = await fetch(`${changing.url}/auth/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

/** A queued job about a round. */
async function startJob(roundId = lab.roundId): Promise<string> {
  const { jobs } = changing.services;
  const input = { roundId };
  return (await changing.db.transaction((tx) => jobs.start(tx, SCORE_SAMPLES, randomUUID(), input))).id;
}

/** Any change of a job that nobody waits for. */
const poke = (id: string) =>
  changing.db.query("update jobs set progress_message = progress_message || '.' where id = $1", [id]);

const cancelJob = (id: string) => changing.ask("mutation ($id: ID!) { cancelJob(id: $id) { job { id } } }", { id });

async function ok(mutation: string, input: object, role = Role.ADMIN) {
  const { data, errors } = await changing.ask(mutation, { input }, role);
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

async function lease(): Promise<{ jobId: string; leaseToken: string }> {
  const { leaseJob } = await ok(
    "mutation ($input: LeaseJobInput!) { leaseJob(input: $input) { job { id } leaseToken } }",
    {
      worker: "test",
      kinds: [SCORE_SAMPLES],
    },
  );
  return { jobId: leaseJob.job.id, leaseToken: leaseJob.leaseToken };
}

const beat = (leased: object, progress: number) =>
  ok("mutation ($input: HeartbeatInput!) { heartbeat(input: $input) { cancelRequested } }", { ...leased, progress });

const JOB = "subscription ($id: ID!) { jobUpdated(id: $id) { id state progress } }";
const ANY_JOB = "subscription { jobsUpdated { id state } }";
const METRICS =
  "subscription ($id: ID!) { metricsLogged(subjectId: $id) { name latest { step value } points(first: 10) { totalCount } } }";

const pointsOf = (subjectId: string, steps: number[]) =>
  steps.map((step) => ({ subject: "ROUND", subjectId, name: "loss", direction: "LOWER", step, value: step / 8 }));

const logMetrics = (steps: number[]) =>
  ok("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
    points: pointsOf(lab.roundId, steps),
  });

describe("what a subscriber hears of changes made through another server", () => {
  it("a job as it is, then each state; a burst of progress reports arrives as few events, the last one included", async () => {
    const id = await startJob();
    const updates = connect().subscribe(JOB, { id });
    expect(await updates.next()).toEqual({ data: { jobUpdated: { id, state: "QUEUED", progress: 0 } } });
    const leased = await lease();
    expect(leased.jobId).toBe(id);
    expect((await updates.next()).data.jobUpdated.state).toBe("RUNNING");
    for (let i = 1; i <= 20; i++) await beat(leased, i / 40);
    const seen: number[] = [];
    while (seen.at(-1) !== 0.5) seen.push((await updates.next()).data.jobUpdated.progress);
    expect(seen.length).toBeLessThan(20);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    await ok("mutation ($input: FinishJobInput!) { finishJob(input: $input) { job { id } } }", {
      ...leased,
      error: "no luck",
      final: true,
    });
    expect((await updates.next()).data.jobUpdated.state).toBe("FAILED");
  });

  it("all jobs, or those of one experiment and not of another", async () => {
    const other = await openExperiment(changing, 2, 2);
    const subscriber = connect();
    const ofExperiment = "subscription ($id: ID!) { jobsUpdated(experimentId: $id) { id state } }";
    const all = subscriber.subscribe(ANY_JOB);
    const mine = subscriber.subscribe(ofExperiment, { id: lab.experimentId });
    const others = subscriber.subscribe(ofExperiment, { id: other.experimentId });
    const ofLab = await startJob();
    const ofOther = await startJob(other.roundId);
    const pokes = [() => poke(ofLab), () => poke(ofLab), () => poke(ofOther)];
    await Promise.all([all, mine, others].map((updates, i) => updates.listening(pokes[i] ?? startJob)));
    const id = await startJob();
    const isIts = ({ data }: { data: { jobsUpdated: { id: string } } }) => data.jobsUpdated.id === id;
    for (const updates of [all, mine]) expect((await updates.next(isIts)).data.jobsUpdated.state).toBe("QUEUED");
    await cancelJob(id);
    for (const updates of [all, mine]) expect((await updates.next(isIts)).data.jobsUpdated.state).toBe("CANCELLED");
    expect(others.waiting().map(({ data }) => data.jobsUpdated.id)).not.toContain(id);
    expect(mine.waiting().map(({ data }) => data.jobsUpdated.id)).not.toContain(ofOther);
  });

  it("a round's samples and reward models, and a new round of its experiment", async () => {
    const { experimentId, roundId, sha256 } = await openExperiment(changing, 2, 2);
    const subscriber = connect();
    const one = subscriber.subscribe(
      "subscription ($id: ID!) { roundUpdated(id: $id) { sampleCount rewardModels { state } } }",
      { id: roundId },
    );
    const all = subscriber.subscribe("subscription ($id: ID!) { roundsUpdated(experimentId: $id) { index } }", {
      id: experimentId,
    });
    expect((await one.next()).data.roundUpdated).toEqual({ sampleCount: 0, rewardModels: [] });
    const samples = [0, 1].map((k) => ({ promptPosition: 0, k, artifactSha256: sha256 }));
    await ok("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", { roundId, samples });
    expect((await one.next()).data.roundUpdated.sampleCount).toBe(2);
    await all.listening(() => changing.db.query("update rounds set status = status where id = $1", [roundId]));
    await ok("mutation ($input: OpenRoundInput!) { openRound(input: $input) { round { id } } }", { experimentId });
    await all.next(({ data }) => data.roundsUpdated.index === 2);
  });

  it("of an experiment's rounds only the aspects asked for: samples, metrics of rounds and of samples, or work", async () => {
    const { experimentId, roundId: sampled, sha256 } = await openExperiment(changing, 50, 2);
    const open = async () =>
      (
        await ok("mutation ($input: OpenRoundInput!) { openRound(input: $input) { round { id } } }", {
          experimentId,
          index: ++rounds,
        })
      ).openRound.round.id;
    let rounds = 1;
    const [measured, worked]: [string, string] = [await open(), await open()];
    let place = 0;
    const logSample = async (roundId: string) =>
      ok("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", {
        roundId,
        samples: [{ promptPosition: place++, k: 0, artifactSha256: sha256 }],
      });
    await logSample(measured);
    await changing.services.announcements.flush();
    const [{ id: sampleId }] = await changing.db.query("select id from samples where round_id = $1", [measured]);
    const subscriber = connect();
    const watch = (aspects?: string[]) =>
      subscriber.subscribe(
        "subscription ($id: ID!, $aspects: [RoundAspect!]) { roundsUpdated(experimentId: $id, aspects: $aspects) { id } }",
        { id: experimentId, aspects },
      );
    const [work, samples, metrics, all] = [watch(["WORK"]), watch(["SAMPLES"]), watch(["METRICS"]), watch()];
    let step = 0;
    await metrics.listening(() =>
      ok("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
        points: pointsOf(measured, [step++]),
      }),
    );
    await samples.listening(() => logSample(sampled));
    await work.listening(() => changing.db.query("update rounds set status = status where id = $1", [worked]));
    const heard = (updates: typeof all) => [...new Set(updates.waiting().map(({ data }) => data.roundsUpdated.id))];
    expect([metrics, samples, work].map(heard)).toEqual([[measured], [sampled], [worked]]);
    await all.next(({ data }) => data.roundsUpdated.id === worked);
    metrics.waiting().length = 0;
    await ok("mutation ($input: LogSampleMetricsInput!) { logSampleMetrics(input: $input) { inserted } }", {
      ...{ roundId: measured, name: "VBench", direction: "HIGHER" },
      values: [{ sampleId, value: 0.5 }],
    });
    expect((await metrics.next()).data.roundsUpdated.id).toBe(measured);
  });

  it("a batch of metric points: one event for its series, after which all points are there", async () => {
    const updates = connect().subscribe(METRICS, { id: lab.roundId });
    let step = 0;
    await updates.listening(() => logMetrics([step++]));
    await logMetrics([step, step + 1, step + 2]);
    const last = { step: step + 2, value: (step + 2) / 8 };
    const event = await updates.next(({ data }) => data.metricsLogged.latest.step === last.step);
    expect(event.data.metricsLogged).toEqual({ name: "loss", latest: last, points: { totalCount: step + 3 } });
  });
});

describe("when the connection that hears of changes breaks", () => {
  it("subscribers come back by themselves and get the state that they missed", async () => {
    const id = await startJob();
    const subscriber = connect({ retry: true });
    const updates = subscriber.subscribe(JOB, { id });
    expect((await updates.next()).data.jobUpdated.state).toBe("QUEUED");
    await changing.db.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'gan-rm-lab changes' and datname = current_database()",
    );
    await cancelJob(id);
    expect((await updates.next()).data.jobUpdated.state).toBe("CANCELLED");
    expect(subscriber.closed).toContain(1012);
    const another = await startJob();
    const later = subscriber.subscribe(JOB, { id: another });
    expect((await later.next()).data.jobUpdated.state).toBe("QUEUED");
    await cancelJob(another);
    expect((await later.next()).data.jobUpdated.state).toBe("CANCELLED");
  });
});

describe("who may subscribe", () => {
  it("nobody without a token or session, nor with a wrong one", async () => {
    for (const options of [
      { role: null },
      { token: "ganrm_wrong" },
      { role: null, headers: { cookie: "ganrm_session=x" } },
    ]) {
      const subscriber = connect(options);
      await expect(subscriber.subscribe(ANY_JOB).next()).rejects.toThrow();
      expect(subscriber.closed).toEqual([4401]);
    }
  });

  it("a session of the page's own origin may; a page of another origin may not, whatever it shows", async () => {
    const cookie = await signIn(changing.tokens.VIEWER);
    const id = await startJob();
    const own = connect({ role: null, headers: { cookie, origin: listening.url } }).subscribe(JOB, { id });
    expect((await own.next()).data.jobUpdated.id).toBe(id);
    for (const foreign of ["https://evil.example", "null", `${listening.url}1`, "not a url"]) {
      const session = connect({ role: null, headers: { cookie, origin: foreign } });
      await expect(session.subscribe(JOB, { id }).next(), foreign).rejects.toThrow("403");
      const token = connect({ headers: { origin: foreign } });
      await expect(token.subscribe(JOB, { id }).next(), foreign).rejects.toThrow("403");
    }
  });

  it("a revoked token closes its connections on every server at once, and so does the end of a session", async () => {
    const create = () => changing.services.auth.createToken({ name: "guest", role: Role.VIEWER });
    const [guest, member] = [await create(), await create()];
    const cookie = await signIn(member.secret);
    const id = await startJob();
    const byToken = connect({ token: guest.secret });
    const bySession = connect({ role: null, headers: { cookie } });
    const staying = connect({ token: member.secret });
    const subscriptions = [byToken, bySession, staying].map((subscriber) => subscriber.subscribe(JOB, { id }));
    for (const updates of subscriptions) await updates.next();
    await changing.ask("mutation ($id: ID!) { revokeToken(id: $id) { token { id } } }", { id: guest.token.id });
    await expect(subscriptions[0]?.next()).rejects.toThrow("4401");
    await fetch(`${changing.url}/auth/session`, { method: "DELETE", headers: { cookie } });
    await expect(subscriptions[1]?.next()).rejects.toThrow("4401");
    await cancelJob(id);
    expect((await subscriptions[2]?.next())?.data.jobUpdated.state).toBe("CANCELLED");
  });
});

describe("what a connection refuses", () => {
  it.each([
    ["a job that is not there", JOB, { id: "01900000-0000-7000-8000-000000000000" }, "NOT_FOUND"],
    ["a malformed id", JOB, { id: "x" }, "BAD_INPUT"],
    ["a missing variable", JOB, {}, "BAD_INPUT"],
    ["an unknown field", "subscription { jobsUpdated { secret } }", {}, "BAD_INPUT"],
    ["a broken document", "subscription {", {}, "BAD_INPUT"],
    ["a query", "{ viewer { name } }", {}, "BAD_INPUT"],
    ["a mutation", 'mutation { cancelJob(id: "x") { job { id } } }', {}, "BAD_INPUT"],
    [
      "a subscription that is too deep",
      `subscription ($id: ID!) { roundUpdated(id: $id) { ${"experiment { rounds { ".repeat(7)} id ${"} }".repeat(7)} } }`,
      { id: "01900000-0000-7000-8000-000000000000" },
      "QUERY_TOO_COMPLEX",
    ],
  ] as const)("%s: the code says why", async (...[, query, variables, code]) => {
    const updates = connect().subscribe(query, variables);
    const refused = await updates.next().then(
      ({ errors }) => errors,
      (error: Error) => error.cause as { extensions: { code: string } }[],
    );
    expect(refused?.map(({ extensions }) => extensions.code)).toEqual([code]);
  });

  it("more than 50 subscriptions; the others go on", async () => {
    const id = await startJob();
    const subscriber = connect();
    const many = Array.from({ length: 51 }, () => subscriber.subscribe(JOB, { id }));
    const answers = await Promise.allSettled(many.map((updates) => updates.next()));
    expect(answers.map(({ status }) => status)).toEqual([...Array(50).fill("fulfilled"), "rejected"]);
  });

  it("a subscription by POST, in words", async () => {
    const { errors } = await listening.ask(ANY_JOB);
    expect(errors?.[0]?.extensions.code).toBe("BAD_INPUT");
  });

  it("an upgrade at any other path", async () => {
    const { WebSocket } = await import("ws");
    const socket = new WebSocket(`${listening.url.replace("http", "ws")}/elsewhere`, "graphql-transport-ws");
    await expect(new Promise((_resolve, reject) => socket.once("error", reject))).rejects.toThrow("404");
  });
});

it("a server that stops says goodbye to its subscribers and waits for none", async () => {
  const third = await startTestServer({ beside: changing });
  const id = await startJob();
  const subscriber = connect({}, third);
  await subscriber.subscribe(JOB, { id }).next();
  await third.stop();
  expect(subscriber.closed).toEqual([1001]);
});
