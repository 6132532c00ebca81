import { readFileSync } from "node:fs";
import type { BrowserContext, Page } from "playwright-core";
import { seedExperiment, seedRewardModel, seedRound, seedScoredSamples } from "../support/seeds.ts";
import type { Benchmark } from "./benchmark.ts";
import { openDashboard } from "./dashboard-browser.ts";
import { inTurns, median, medianMs } from "./in-turns.ts";
import { graphqlBody, type Laboratory } from "./laboratory.ts";

const [PROMPTS, K] = [1000, 10];
const EXPERIMENT_ROUNDS = 3;
const METRICS = ["FD(mobilenet-v2-mid)", "KID(mobilenet-v2-mid)", "diversity(mobilenet-v2-mid)", "CLIPScore"];
const VISITS = 5;
const TURNS = 3;
const UPDATES = 10;
/** Aims: bytes that a live update may have, and how much of a core a page may cost while nothing happens. */
const [UPDATE_BYTES, IDLE_SHARE] = [2048, 0.02];
const IDLE_SECONDS = 30;
/** After what a page has asked for last. */
const SETTLED_MS = 4_000;
/** Of Linux's process statistics, a second. */
const TICKS = 100;

/** $1 experiment. What the first view shows, in one statement: rounds, policies, models, and every metric of every round. */
const OVERVIEW_SQL = `
select e.*, r.index, r.status, r.sample_count, p.name, m.name, m.strategy, m.held_out_auc, s.name, s.direction, t.step, t.value, t.low, t.high, t.n
from experiments e join rounds r on r.experiment_id = e.id join policies p on p.id = r.policy_in_id
left join reward_models m on m.round_id = r.id
left join metric_series s on s.subject_id = r.id
left join metric_points t on t.series_id = s.id
where e.id = $1 order by r.index, s.name`;

interface Measured {
  lab: Laboratory;
  context: BrowserContext;
  experimentId: string;
  /** A round that samples may yet be logged to. */
  openRoundId: string;
  sha256: string;
  close(): Promise<void>;
}

/** An experiment of some scored and measured rounds, with the browser that looks at it. */
async function measuredExperiment(): Promise<Measured> {
  const { lab, context, close } = await openDashboard();
  const experiment = await seedExperiment(lab.sql, PROMPTS, K);
  const roundIds: string[] = [];
  for (let round = 0; round < EXPERIMENT_ROUNDS; round++) {
    const roundId = await seedRound(lab.sql, experiment);
    const modelId = await seedRewardModel(lab.sql, roundId, 1);
    await seedScoredSamples(lab.sql, experiment, { roundId, modelId });
    roundIds.push(roundId);
  }
  for (const [t, roundId] of roundIds.entries())
    await logMetrics(lab, { roundId, value: 20 - 3 * t, step: PROMPTS * K });
  const openRoundId = await seedRound(lab.sql, experiment);
  return { lab, context, experimentId: experiment.experimentId, openRoundId, sha256: experiment.sha256, close };
}

async function logSample({ lab, openRoundId, sha256 }: Measured, promptPosition: number): Promise<void> {
  const input = { roundId: openRoundId, samples: [{ promptPosition, k: 0, artifactSha256: sha256 }] };
  await lab.ask(
    graphqlBody("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", { input }),
  );
}

type Measurement = { roundId: string; value: number; step: number };

async function logMetrics(lab: Laboratory, { roundId, value, step }: Measurement): Promise<void> {
  const points = METRICS.map((name) => ({
    ...{ subject: "ROUND", subjectId: roundId, name, direction: "LOWER", provenance: { computedBy: "bench" } },
    ...{ step, value, low: value - 1, high: value + 1, n: PROMPTS * K },
  }));
  await lab.ask(
    graphqlBody("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
      input: { points },
    }),
  );
}

/** Notes when the answer is there: is the last round better than the one before? Runs in the page, before all else. */
function noteAnswer(): void {
  const noted = window as unknown as Record<"answer", number | undefined>;
  const look = () => {
    const text = document.querySelector("section[aria-label='Metrics by round']")?.textContent ?? "";
    if (/Round 3 beside round 2: /.test(text)) noted.answer = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

async function visit({ lab, context, experimentId }: Measured): Promise<{ page: Page; ms: number }> {
  const page = await context.newPage();
  await page.addInitScript(noteAnswer);
  await page.goto(`${lab.url}/experiments/${experimentId}`);
  await page.waitForFunction(() => "answer" in window);
  const ms = await page.evaluate(() => (window as unknown as { answer: number }).answer);
  return { page, ms };
}

/** A page whose socket is open and that has asked for all it shows. */
async function openPage(measured: Measured): Promise<Page> {
  const { page } = await visit(measured);
  await page.waitForFunction(() => document.querySelector("[aria-busy=true]") === null);
  await page.waitForTimeout(SETTLED_MS);
  return page;
}

const firstAnswer: Benchmark = {
  name: "page_experiment",
  async run() {
    const measured = await measuredExperiment();
    const ours = async () => {
      const times: number[] = [];
      for (let i = 0; i < VISITS; i++) {
        const { page, ms } = await visit(measured);
        times.push(ms);
        await page.close();
      }
      return median(times);
    };
    const reference = () => medianMs(VISITS * 4, () => measured.lab.pool.query(OVERVIEW_SQL, [measured.experimentId]));
    const middle = await inTurns(TURNS, { ours, reference }).finally(measured.close);
    return {
      name: "page_experiment",
      ratio: middle.ours / middle.reference,
      ...middle,
      unit: "ms",
      how: `from the address of an experiment of ${EXPERIMENT_ROUNDS} rounds of ${PROMPTS} x ${K} scored samples to the sentence that says by which metrics the last round is better, in Chromium, scripts cached, over one SQL statement with its rounds, models and metrics; in turns, median of ${TURNS} medians of ${VISITS}`,
    };
  },
};

/** Bytes that reach the page: answers as they are sent, with their headers, and the socket's messages. */
async function countBytes(page: Page): Promise<() => number> {
  let bytes = 0;
  const session = await page.context().newCDPSession(page);
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  session.on("Network.webSocketFrameReceived", ({ response }) => {
    bytes += Buffer.byteLength(response.payloadData);
  });
  await session.send("Network.enable");
  return () => bytes;
}

const liveUpdate: Benchmark = {
  name: "live_update",
  async run() {
    const measured = await measuredExperiment();
    const { lab, openRoundId: roundId } = measured;
    const [samples, metrics]: [number[], number[]] = [[], []];
    try {
      const page = await openPage(measured);
      const received = await countBytes(page);
      const bytesOf = async (change: () => Promise<void>) => {
        const before = received();
        await change();
        await page.waitForTimeout(SETTLED_MS);
        return received() - before;
      };
      for (let update = 0; update < UPDATES; update++) {
        samples.push(await bytesOf(() => logSample(measured, update)));
        metrics.push(await bytesOf(() => logMetrics(lab, { roundId, value: 11 - update, step: update + 1 })));
      }
    } finally {
      await measured.close();
    }
    const ours = Math.max(median(samples), median(metrics));
    return {
      name: "live_update",
      ratio: ours / UPDATE_BYTES,
      ours,
      reference: UPDATE_BYTES,
      unit: "bytes",
      how: `what reaches an open page of an experiment when samples (median of ${UPDATES} batches ${median(samples)}, at most ${Math.max(...samples)}) or all metrics of a round (${median(metrics)}, at most ${Math.max(...metrics)}) are logged, the larger: answers as they are sent, with their headers, and the socket's messages; over the aim`,
    };
  },
};

/** Seconds of processor time that a process has had. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

const idlePage: Benchmark = {
  name: "idle_page",
  async run() {
    const measured = await measuredExperiment();
    try {
      await measured.context.newPage();
      const shareOver = async () => {
        const before = processorSeconds(measured.lab.pid);
        await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
        return (processorSeconds(measured.lab.pid) - before) / IDLE_SECONDS;
      };
      const without = await shareOver();
      await openPage(measured);
      const withPage = await shareOver();
      return {
        name: "idle_page",
        ratio: withPage / IDLE_SHARE,
        ours: 100 * withPage,
        reference: 100 * IDLE_SHARE,
        unit: "% of a core",
        how: `processor time of the server's process over ${IDLE_SECONDS} s in which an experiment's page is open and nothing happens, over the aim; without a page it was ${(100 * without).toFixed(2)}%`,
      };
    } finally {
      await measured.close();
    }
  },
};

export const pageExperiment: Benchmark[] = [firstAnswer, liveUpdate, idlePage];
