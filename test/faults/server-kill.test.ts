import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openExperiment } from "../api/open-experiment.ts";
import { freePort, type LabProcess, labFolder, startLabProcess } from "../support/lab-process.ts";
import type { GraphQLAnswer } from "../support/server.ts";

const WRITERS = 4;
const KILLS = 3;
const BATCH = 25;
const PROMPTS = 5000;
const K = 20;
const LOG = `mutation ($samples: LogSamplesInput!, $metrics: LogMetricsInput!) {
  logSamples(input: $samples) { inserted } logMetrics(input: $metrics) { inserted } }`;

const folder = labFolder();
let port: number;
let lab: LabProcess;
beforeAll(async () => {
  port = await freePort();
  lab = await startLabProcess(folder.path, { GANRM_PORT: String(port), LOG_LEVEL: "warn" });
});
afterAll(async () => {
  await lab?.stop();
  folder.remove();
});

/** The nth batch: its samples and metric points, the same whenever it is sent. */
function batch(n: number, target: { roundId: string; experimentId: string; sha256: string }) {
  const places = Array.from({ length: BATCH }, (_, i) => n * BATCH + i);
  const sample = (place: number) => ({
    promptPosition: Math.floor(place / K),
    k: place % K,
    seed: place,
    artifactSha256: target.sha256,
  });
  const point = (step: number) => ({
    subject: "EXPERIMENT",
    subjectId: target.experimentId,
    name: "loss",
    direction: "LOWER",
    step,
    value: 1 / (step + 1),
  });
  return {
    samples: { roundId: target.roundId, samples: places.map(sample) },
    metrics: { points: places.map(point) },
  };
}

const PAGE = "(first: 1000, after: $after) { nodes { place } pageInfo { hasNextPage endCursor } }";
const SAMPLES = `rounds { samples ${PAGE.replace("place", "place: seed")} }`;
const POINTS = `metrics { nodes { points ${PAGE.replace("place", "place: step")} } }`;

/** Places of all rows that are stored, ascending: of samples, and of metric points. */
async function stored(experimentId: string): Promise<{ samples: number[]; points: number[] }> {
  const all = async (list: string): Promise<number[]> => {
    const places: number[] = [];
    for (let after: string | null = null; ; ) {
      const { data }: GraphQLAnswer = await lab.ask(
        `query ($id: ID!, $after: String) { experiment(id: $id) { ${list} } }`,
        { id: experimentId, after },
      );
      const page = data.experiment.rounds?.[0].samples ?? data.experiment.metrics.nodes[0].points;
      places.push(...page.nodes.map((node: { place: number }) => node.place));
      if (!page.pageInfo.hasNextPage) return places;
      after = page.pageInfo.endCursor;
    }
  };
  return { samples: await all(SAMPLES), points: await all(POINTS) };
}

test("the server is killed in mid-ingest: every acknowledged row is there, and sending all again adds none", {
  timeout: 90_000,
}, async () => {
  const target = await openExperiment(lab, PROMPTS, K);
  const acknowledged: number[] = [];
  let next = 0;
  let cutOff = 0;
  let done = false;
  const write = async (): Promise<void> => {
    while (!done) {
      const n = next++;
      for (let sent = false; !sent && !done; ) {
        // A request that got no answer was not acknowledged, whether it was stored or not: it is sent again.
        const answer = await lab.ask(LOG, batch(n, target)).catch(() => null);
        if (answer?.errors) throw new Error(JSON.stringify(answer.errors));
        sent = answer !== null;
        if (sent) acknowledged.push(n);
        else {
          cutOff++;
          await sleep(50);
        }
      }
    }
  };
  const writers = Promise.all(Array.from({ length: WRITERS }, write));
  const places = (batches: number[]) => batches.flatMap((n) => Array.from({ length: BATCH }, (_, i) => n * BATCH + i));
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      await Promise.race([sleep(300 + 700 * Math.random()), writers]);
      const interrupted = cutOff;
      await lab.kill();
      const before = places(acknowledged);
      lab = await startLabProcess(folder.path, { GANRM_PORT: String(port), LOG_LEVEL: "warn" });
      expect(cutOff).toBeGreaterThan(interrupted);
      const found = await stored(target.experimentId);
      for (const rows of [new Set(found.samples), new Set(found.points)])
        expect(before.filter((place) => !rows.has(place))).toEqual([]);
    }
  } finally {
    done = true;
  }
  await writers;

  const everything = places(Array.from({ length: next }, (_, n) => n));
  expect(acknowledged.toSorted((a, b) => a - b)).toEqual(Array.from({ length: next }, (_, n) => n));
  for (let n = 0; n < next; n++) {
    const { data } = await lab.ask(LOG, batch(n, target));
    expect(data).toEqual({ logSamples: { inserted: 0 }, logMetrics: { inserted: 0 } });
  }
  expect(await stored(target.experimentId)).toEqual({ samples: everything, points: everything });
});
