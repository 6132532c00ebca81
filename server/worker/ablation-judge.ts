import { createHash } from "node:crypto";
import { HELD_OUT_ACCURACY, HELD_OUT_AUC, HELD_OUT_ECE, TRAINING_SECONDS } from "../../shared/ablation-metrics.ts";
import { MetricDirection } from "../../shared/enums.ts";
import type { Distance } from "../../shared/jobs/measure-round.ts";
import { wilsonInterval } from "../../shared/statistics/wilson.ts";
import type { EncoderCard } from "../ml/encoders/encoder.ts";
import type { FeatureRows } from "../ml/metrics/feature-rows.ts";
import { frechetName } from "../ml/metrics/metric-name.ts";
import type { Provider } from "../ml/onnx/session.ts";
import { takeRows } from "../ml/reward/bootstrapping.ts";
import { heldOutReport } from "../ml/reward/held-out-report.ts";
import { type Candidates, picksOf } from "../ml/reward/picks.ts";
import type { RewardWeights } from "../ml/reward/rpl.ts";
import { RewardScorer, type Scores } from "../ml/reward/score.ts";
import { VERSION } from "../version.ts";
import { distanceProvenance, measureDistance } from "./distance.ts";
import { encoderProvenance } from "./encoder-provenance.ts";
import type { ImageFeatures } from "./image-features.ts";
import type { Group } from "./run-ablation.ts";

const COMPUTED_BY = `gan-rm-lab ${VERSION}`;
/** Bootstrap resamples of a Frechet distance: each costs a distance, which grows with the square of the rows. */
const RESAMPLES = 200;
const RESAMPLES_OF_MANY = 50;
const MANY_ROWS = 2000;

/** As `recordAblationCell` takes it. */
interface Metric {
  name: string;
  direction: MetricDirection;
  provenance: Record<string, unknown>;
  value: number;
  n?: number | null;
  low?: number | null;
  high?: number | null;
  bias?: number | null;
}

/** What a model says of everything that it is judged by. */
interface Scored {
  candidates: Scores;
  heldOutPositives: Scores;
  heldOutNegatives: Scores;
}

interface Parts {
  group: Group;
  features: ImageFeatures;
  card: EncoderCard;
  provider: Provider;
}

/** Judges the models of a group: the candidates, the held-out rows and the reference of distances are the same for all. */
export class AblationJudge {
  private readonly candidates: Candidates;
  private readonly rows: { candidates: Float32Array; heldOutPositives: Float32Array; heldOutNegatives: Float32Array };

  constructor(private readonly parts: Parts) {
    const { group, features } = parts;
    this.candidates = {
      prompts: group.candidates.map((candidate) => candidate.promptPosition),
      ks: group.candidates.map((candidate) => candidate.k),
    };
    this.rows = {
      candidates: features.of(group.candidates.map((candidate) => candidate.artifactSha256)),
      heldOutPositives: features.of(group.trainingSet.heldOutPositives),
      heldOutNegatives: features.of(group.trainingSet.heldOutNegatives),
    };
  }

  async score(members: readonly RewardWeights[]): Promise<Scored> {
    const scorer = await RewardScorer.create(members, { provider: this.parts.provider });
    try {
      return {
        candidates: await scorer.score(this.rows.candidates),
        heldOutPositives: await scorer.score(this.rows.heldOutPositives),
        heldOutNegatives: await scorer.score(this.rows.heldOutNegatives),
      };
    } finally {
      await scorer.dispose();
    }
  }

  /** The picks among the first K candidates, as k of each judged prompt, and what they and the model are worth. */
  async judge(scored: Scored, k: number, seconds: number): Promise<{ picks: number[]; metrics: Metric[] }> {
    const picked = picksOf(scored.candidates, this.candidates, k);
    const { provider } = this.parts;
    return {
      picks: Array.from(picked, (i) => this.candidates.ks[i] ?? 0),
      metrics: [
        ...(await this.distances(picked)),
        ...this.heldOut(scored),
        {
          name: TRAINING_SECONDS,
          direction: MetricDirection.LOWER,
          provenance: { computedBy: COMPUTED_BY, provider },
          value: seconds,
        },
      ],
    };
  }

  /** How far the picks as a set are from the held-out proxy items, which no model has seen. */
  private async distances(picked: Int32Array): Promise<Metric[]> {
    const { width } = this.parts.features;
    const reference: FeatureRows = { values: this.rows.heldOutPositives, width };
    const { card, group } = this.parts;
    const digest = createHash("sha256").update(group.trainingSet.heldOutPositives.toSorted().join("\n")).digest("hex");
    const proxySetId = group.ablation.round.experiment.proxySet.id;
    const provenance = distanceProvenance(encoderProvenance(card), { proxySetId, digest });
    const comparison = {
      reference,
      generated: { values: takeRows(this.rows.candidates, width, picked), width },
      resamples: picked.length > MANY_ROWS ? RESAMPLES_OF_MANY : RESAMPLES,
    };
    const series = { direction: MetricDirection.LOWER, provenance, n: picked.length };
    const said = async (distance: Distance) => {
      const { resampled: _, ...metric } = await measureDistance(distance, comparison);
      return metric;
    };
    return [
      { name: frechetName({ id: card.id, width }), ...series, ...(await said("FD")) },
      { name: `KID(${card.id})`, ...series, ...(await said("KID")) },
    ];
  }

  private heldOut({ heldOutPositives, heldOutNegatives }: Scored): Metric[] {
    const report = heldOutReport(heldOutPositives, heldOutNegatives);
    const { auc, aucInterval, accuracy, ece, n } = report;
    const [low, high] = aucInterval;
    const provenance = { computedBy: COMPUTED_BY };
    return [
      { name: HELD_OUT_AUC, direction: MetricDirection.HIGHER, provenance, value: auc, n, low, high },
      {
        name: HELD_OUT_ACCURACY,
        direction: MetricDirection.HIGHER,
        provenance,
        value: accuracy,
        n,
        ...wilsonInterval(Math.round(accuracy * n), n),
      },
      { name: HELD_OUT_ECE, direction: MetricDirection.LOWER, provenance: { ...provenance, bins: 15 }, value: ece, n },
    ];
  }
}
