import { randomBytes } from "node:crypto";
import type { ApiClient } from "../../shared/api-client.ts";
import type { TrainRewardModelResult } from "../../shared/jobs/train-reward-model.ts";
import { logitHistogram } from "../../shared/statistics/logit-histogram.ts";

const HEARTBEAT_MS = 1_000;
export const TRAINING_LOG = "training set: 32 + 32 + 8 + 8 images\n";

/** Logits around a middle. */
const histogramOf = (n: number, middle: number) =>
  logitHistogram(Array.from({ length: n }, (_, i) => middle + 6 * ((i + 0.5) / n - 0.5)));

/** Of 16 held-out items: those in the middle are rare and badly judged. */
const RELIABILITY = Array.from({ length: 15 }, (_, bin) => {
  const n = bin === 0 ? 6 : bin === 14 ? 7 : bin === 7 ? 3 : 0;
  const share = bin === 0 ? 0 : bin === 14 ? 1 : 1 / 3;
  return {
    ...{ from: bin / 15, to: (bin + 1) / 15, n },
    ...{ meanScore: n === 0 ? null : (bin + 0.5) / 15, positiveShare: n === 0 ? null : share },
  };
});

const ROC = [
  { threshold: null, falsePositiveRate: 0, truePositiveRate: 0 },
  { threshold: 3.1, falsePositiveRate: 0, truePositiveRate: 0.875 },
  { threshold: 0.2, falsePositiveRate: 0.25, truePositiveRate: 1 },
  { threshold: -6, falsePositiveRate: 1, truePositiveRate: 1 },
];

interface Lease {
  jobId: string;
  leaseToken: string;
}

interface ScoredRound {
  roundId: string;
  rewardModelId: string;
  preferred: string;
  missEvery: number;
}

/** A worker that answers at once: it leases as any worker does, and its numbers are made up but plausible. */
export class SeedWorker {
  constructor(
    readonly client: ApiClient,
    readonly name = "seed-1",
  ) {}

  async lease(kind: string): Promise<Lease> {
    const { leaseJob } = await this.client.ask<{ leaseJob: { job: { id: string } | null; leaseToken: string } }>(
      "mutation ($input: LeaseJobInput!) { leaseJob(input: $input) { job { id } leaseToken } }",
      { input: { worker: this.name, kinds: [kind], provider: "CUDA", device: "NVIDIA H100 80GB HBM3" } },
    );
    if (!leaseJob.job) throw new Error(`no ${kind} job to lease`);
    return { jobId: leaseJob.job.id, leaseToken: leaseJob.leaseToken };
  }

  /** @returns whether somebody asked to cancel */
  async report(lease: Lease, report: { progress: number; message: string; log?: string }): Promise<boolean> {
    const { heartbeat } = await this.client.ask<{ heartbeat: { cancelRequested: boolean } }>(
      "mutation ($input: HeartbeatInput!) { heartbeat(input: $input) { cancelRequested } }",
      { input: { ...lease, ...report } },
    );
    return heartbeat.cancelRequested;
  }

  /** Stays where it is until it is cancelled. @returns a function that ends the worker */
  linger(lease: Lease): () => void {
    const timer = setInterval(async () => {
      const cancelled = await this.report(lease, { progress: 0.4, message: "step 360 of 900" }).catch(() => false);
      if (!cancelled) return;
      clearInterval(timer);
      await this.finish(lease, { cancelled });
    }, HEARTBEAT_MS);
    return () => clearInterval(timer);
  }

  finish(lease: Lease, outcome: object): Promise<unknown> {
    return this.client.ask("mutation ($input: FinishJobInput!) { finishJob(input: $input) { job { id } } }", {
      input: { ...lease, ...outcome },
    });
  }

  async train(rewardModelId: string, auc: number): Promise<void> {
    const lease = await this.lease("TRAIN_REWARD_MODEL");
    await this.report(lease, { progress: 0.5, message: "step 150 of 300, loss 0.0931", log: TRAINING_LOG });
    const point = (name: string, step: number, value: number) => ({
      subject: "REWARD_MODEL",
      subjectId: rewardModelId,
      name,
      direction: "LOWER",
      provenance: { computedBy: "RPL training", encoder: "mobilenet-v2-mid" },
      step,
      value,
    });
    const steps = Array.from({ length: 300 }, (_, i) => i + 1);
    const loss = (step: number) => 0.69 * Math.exp(-step / 40) + 0.02 * (1 + Math.sin(step));
    const points = steps.map((step) => point("loss", step, loss(step)));
    const heldOut = steps
      .filter((step) => step % 25 === 0)
      .map((step) => point("held_out_loss", step, 0.05 + loss(step)));
    await this.client.ask("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
      input: { points: [...points, ...heldOut] },
    });
    const weights = await this.client.upload(new Uint8Array(randomBytes(64)), "MODEL", "rpl.safetensors");
    const run = { key: weights, fileSha256: weights, trainedSteps: 300, snapshotSteps: [75, 150, 225, 300] };
    await this.client.ask(
      "mutation ($input: RegisterRewardTrainingRunInput!) { registerRewardTrainingRun(input: $input) { run { key } } }",
      { input: run },
    );
    const result: TrainRewardModelResult = {
      weightsSha256: weights,
      onnxSha256: weights,
      imageOnnxSha256: weights,
      trainedSteps: 300,
      keptStep: 300,
      runKey: run.key,
      bootstrap: null,
      heldOut: {
        auc,
        aucLow: auc - 0.12,
        aucHigh: Math.min(1, auc + 0.12),
        accuracy: auc - 0.04,
        ece: 0.043,
        brier: 0.08,
        n: 16,
        reliability: RELIABILITY,
        roc: ROC,
      },
      scoreHistograms: {
        trainProxy: histogramOf(32, 5),
        trainGenerated: histogramOf(32, -5),
        heldOutProxy: histogramOf(8, 3.5),
        heldOutGenerated: histogramOf(8, -3),
      },
    };
    await this.finish(lease, { result });
  }

  /** The preferred label wins for all but every `missEvery`th prompt. */
  async score(client: ApiClient, { roundId, rewardModelId, preferred, missEvery }: ScoredRound): Promise<void> {
    const lease = await this.lease("SCORE_SAMPLES");
    const { round } = await client.ask<{
      round: { samples: { nodes: { id: string; k: number; promptPosition: number; label: string }[] } };
    }>("query ($id: ID!) { round(id: $id) { samples(first: 1000) { nodes { id k promptPosition label } } } }", {
      id: roundId,
    });
    const scores = round.samples.nodes.map(({ id, k, promptPosition, label }) => {
      const missed = promptPosition % missEvery === 0;
      const base = label === preferred ? (missed ? -6 : 3) : -2;
      const logit = base + ((k * 7 + promptPosition * 3) % 11) / 6;
      return { sampleId: id, logit, score: 1 / (1 + Math.exp(-logit)) };
    });
    await this.client.ask("mutation ($input: LogScoresInput!) { logScores(input: $input) { inserted } }", {
      input: { rewardModelId, scores },
    });
    await this.finish(lease, { result: { scored: scores.length } });
  }
}
