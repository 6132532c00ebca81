import type { DataSource } from "typeorm";
import { AssignmentKind, MetricDirection } from "../../shared/enums.ts";
import { type Scorer, type ScorerAgreement, scorerAgreement } from "./scorer-agreement.ts";
import type { Study } from "./study.entity.ts";
import { StudyArm } from "./study.entity.ts";
import { REWARD_SCORES, SAMPLE_METRICS, VOTE_ROWS, VOTES_STAMP } from "./study-analysis.sql.ts";
import {
  type Agreement,
  agreementOf,
  type PairResult,
  pairResults,
  quantile,
  repeatConsistency,
  type Share,
  type Strengths,
  sideBias,
  strengthsOf,
  type VoteRow,
  withoutExcluded,
} from "./study-analysis.ts";
import { type ItemResult, itemResults, type ParticipantResult, participantResults } from "./study-breakdown.ts";

declare module "../graphql/context.ts" {
  interface Services {
    studyAnalyses: StudyAnalysisService;
  }
}

/** All that the votes so far say. */
export interface StudyAnalysis {
  /** whether the plan's exclusions were applied */
  exclusions: boolean;
  votes: number;
  participants: number;
  excluded: { participants: number; ofParticipants: number; tooFast: number };
  pairs: PairResult[];
  strengths: Strengths | null;
  agreement: Agreement;
  side: Share & { p: number | null };
  repeats: Share;
  responseMs: { lower: number | null; median: number | null; upper: number | null };
  scorers: ScorerAgreement[];
  items: ItemResult[];
  byParticipant: ParticipantResult[];
}

interface ScoreRow {
  id: string;
  name: string;
  direction?: MetricDirection;
  sampleId: string;
  value: number;
}

/** Analyses remembered: a page that is open asks again with every vote. */
const REMEMBERED = 50;

export class StudyAnalysisService {
  private readonly known = new Map<string, { stamp: string; analysis: Promise<StudyAnalysis> }>();
  constructor(private readonly db: DataSource) {}

  /** @param exclusions whether to leave out what the plan leaves out */
  async analyse(study: Study, exclusions: boolean): Promise<StudyAnalysis> {
    const [{ stamp }] = await this.db.query(VOTES_STAMP, [study.id]);
    const key = `${study.id} ${exclusions}`;
    const known = this.known.get(key);
    // Scores may come later than votes, so a study that rests is looked at anew with its next vote or server start.
    if (known && known.stamp === stamp) return known.analysis;
    if (this.known.size >= REMEMBERED) this.known.clear();
    const analysis = this.compute(study, exclusions);
    this.known.set(key, { stamp, analysis });
    analysis.catch(() => this.known.delete(key));
    return analysis;
  }

  /** The votes as they were cast, without practice and previews. */
  rows(studyId: string): Promise<VoteRow[]> {
    return this.db.query(VOTE_ROWS, [studyId]);
  }

  /** Prompts that the study asks about. */
  async promptCount(studyId: string): Promise<number> {
    const [{ n }] = await this.db.query(
      "select count(distinct prompt_id)::int as n from study_items where study_id = $1 and not practice",
      [studyId],
    );
    return n;
  }

  private async compute(study: Study, exclusions: boolean): Promise<StudyAnalysis> {
    const all = await this.rows(study.id);
    const arms = await this.db.getRepository(StudyArm).countBy({ studyId: study.id });
    const { votes: kept, ...excluded } = withoutExcluded(all, study);
    const rows = exclusions ? kept : all;
    const votes = rows.filter(({ kind }) => kind === AssignmentKind.VOTE);
    const times = votes.map(({ responseMs }) => responseMs);
    const scorers = await this.scorers(study.id);
    return {
      exclusions,
      votes: votes.length,
      participants: new Set(votes.map(({ participant }) => participant)).size,
      excluded: { ...excluded, participants: excluded.participants.size },
      pairs: pairResults(rows, arms),
      strengths: strengthsOf(rows, arms),
      agreement: agreementOf(rows),
      side: sideBias(rows),
      repeats: repeatConsistency(rows),
      responseMs: { lower: quantile(times, 0.25), median: quantile(times, 0.5), upper: quantile(times, 0.75) },
      scorers: scorers.flatMap((scorer) => scorerAgreement(rows, scorer) ?? []),
      items: itemResults(rows),
      byParticipant: participantResults(all, excluded.participants),
    };
  }

  private async scorers(studyId: string): Promise<Scorer[]> {
    const rewards: ScoreRow[] = await this.db.query(REWARD_SCORES, [studyId]);
    const metrics: ScoreRow[] = await this.db.query(SAMPLE_METRICS, [studyId]);
    return [...grouped(rewards, true), ...grouped(metrics, false)];
  }
}

function grouped(rows: readonly ScoreRow[], rewardModel: boolean): Scorer[] {
  return [...Map.groupBy(rows, ({ id }) => id).values()].map((own) => {
    const { id, name, direction } = own[0] as ScoreRow;
    const sign = direction === MetricDirection.LOWER ? -1 : 1;
    return { id, name, rewardModel, sign, values: new Map(own.map(({ sampleId, value }) => [sampleId, value])) };
  });
}
