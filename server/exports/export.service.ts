import type { DataSource } from "typeorm";
import { z } from "zod";
import { ExportKind } from "../../shared/enums.ts";
import { parseId, parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import type { ArtifactService } from "../artifacts/artifact.service.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import { Policy } from "../policies/policy.entity.ts";
import { ProxySet } from "../proxy-data/proxy-set.entity.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { Study } from "../studies/study.entity.ts";
import { type FeatureScope, featureExport } from "./feature-export.ts";
import { exportFileName } from "./file-name.ts";
import { metricsCsv } from "./metrics-csv.ts";
import { storedPairs } from "./pair-rows.ts";
import { pairsJsonLines } from "./pairs-json-lines.ts";
import { pairsParquet } from "./pairs-parquet.ts";
import { chosenSamples, sftImagefolder } from "./sft-imagefolder.ts";
import { storedVotes, votesCsv, votesJsonLines } from "./vote-rows.ts";

declare module "../graphql/context.ts" {
  interface Services {
    exports: ExportService;
  }
}

/** A file that is made while it is sent. Whatever can be refused was refused before there is one. */
export interface ExportFile {
  fileName: string;
  mediaType: string;
  bytes: AsyncIterable<Uint8Array>;
}

const tag = z
  .string()
  .max(100)
  .refine((text) => !text.includes("\0"), "must not hold a null character")
  .optional();
const pairOptions = z.strictObject({ promptTag: tag, images: z.enum(["url", "base64"]).default("url") });
const tagOptions = z.strictObject({ promptTag: tag });
const featureOptions = z.strictObject({
  encoderKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be 64 hex digits")
    .optional(),
});
const noOptions = z.strictObject({});

/** $1 reward model, $2 its round: whether some sample of the round has no rank yet, or there is none. */
const UNRANKED = `
select not exists (select 1 from samples where round_id = $2) or exists (
  select 1 from samples s left join sample_scores sc on sc.sample_id = s.id and sc.reward_model_id = $1
  where s.round_id = $2 and sc.rank is null) as unranked`;

/** A reward model with what it belongs to. */
interface ModelOfRound {
  model: RewardModel;
  round: Round;
  names: string[];
}

/** What the lab holds, as files that other tools read. Ids and options come as they stand in an address. */
export class ExportService {
  constructor(
    private readonly db: DataSource,
    private readonly artifacts: ArtifactService,
  ) {}

  /** (x^h, x^l) of a reward model. @throws UserError BAD_INPUT, NOT_FOUND, TOO_FEW_ITEMS when there is no pair */
  async pairs(id: string, options: unknown, kind: ExportKind): Promise<ExportFile> {
    const isParquet = kind === ExportKind.PAIRS_PARQUET;
    const { promptTag = null, images = "url" } = isParquet
      ? { ...parseInput(tagOptions, options), images: "base64" }
      : parseInput(pairOptions, options);
    const { model, round, names } = await this.modelOfRound(id);
    const selection = { rewardModelId: model.id, promptTag };
    const { done } = await storedPairs(this.db.manager, selection).next();
    if (done) throw new UserError("TOO_FEW_ITEMS", `"${model.name}" has no such pairs; run buildPairs first.`, "id");
    const policy = await this.db.getRepository(Policy).findOneByOrFail({ id: round.policyInId });
    const pairs = storedPairs(this.db.manager, selection);
    const parts = { store: this.artifacts.store, model: policy.name };
    return {
      fileName: exportFileName(kind, names),
      mediaType: isParquet ? "application/vnd.apache.parquet" : "application/jsonl",
      bytes: isParquet ? pairsParquet(pairs, parts) : pairsJsonLines(pairs, { ...parts, embed: images === "base64" }),
    };
  }

  /** x^h of every prompt, by a reward model. @throws UserError BAD_INPUT, NOT_FOUND, SAMPLES_NOT_SCORED, TOO_FEW_ITEMS */
  async sft(id: string, options: unknown): Promise<ExportFile> {
    const { promptTag = null } = parseInput(tagOptions, options);
    const { model, round, names } = await this.modelOfRound(id);
    const [{ unranked }] = await this.db.query(UNRANKED, [model.id, round.id]);
    if (unranked)
      throw new UserError(
        "SAMPLES_NOT_SCORED",
        `"${model.name}" has not ranked all samples of its round; run scoreSamples first.`,
        "id",
      );
    const selection = { rewardModelId: model.id, roundId: round.id, promptTag };
    const { done } = await chosenSamples(this.db.manager, selection).next();
    if (done) throw new UserError("TOO_FEW_ITEMS", `No prompt of the round has the tag "${promptTag}".`, "promptTag");
    return {
      fileName: exportFileName(ExportKind.SFT_IMAGEFOLDER, names),
      mediaType: "application/zip",
      bytes: sftImagefolder(this.db.manager, this.artifacts.store, selection),
    };
  }

  /** Features of a round or proxy set. @throws UserError BAD_INPUT, NOT_FOUND, FEATURES_MISSING, TOO_LARGE */
  async features(of: FeatureScope["of"], id: string, options: unknown): Promise<ExportFile> {
    const { encoderKey = null } = parseInput(featureOptions, options);
    const names =
      of === "round"
        ? (await this.roundOf(id)).names
        : [(await this.named(ProxySet, id, "proxy set")).name, "proxy set"];
    const scope = { of, id: parseId(id, "id") };
    return {
      fileName: exportFileName(ExportKind.FEATURES_SAFETENSORS, names),
      mediaType: "application/octet-stream",
      bytes: await featureExport(this.db.manager, this.artifacts.store, { scope, encoderKey }),
    };
  }

  /** All metrics of a subject and of what belongs to it. @throws UserError BAD_INPUT, NOT_FOUND */
  async metrics(of: "experiment" | "round" | "rewardModel", id: string, options: unknown): Promise<ExportFile> {
    parseInput(noOptions, options);
    const names =
      of === "experiment"
        ? [(await this.named(Experiment, id, "experiment")).name]
        : of === "round"
          ? (await this.roundOf(id)).names
          : (await this.modelOfRound(id)).names;
    return {
      fileName: exportFileName(ExportKind.METRICS_CSV, names),
      mediaType: "text/csv; charset=utf-8; header=present",
      bytes: metricsCsv(this.db.manager, { [`${of}Id`]: parseId(id, "id") }),
    };
  }

  /** Raw votes of a study. @throws UserError BAD_INPUT, NOT_FOUND */
  async votes(id: string, options: unknown, kind: ExportKind): Promise<ExportFile> {
    parseInput(noOptions, options);
    const study = await this.named(Study, id, "study");
    const csv = kind === ExportKind.VOTES_CSV;
    const rows = storedVotes(this.db.manager, study);
    return {
      fileName: exportFileName(kind, [study.name]),
      mediaType: csv ? "text/csv; charset=utf-8; header=present" : "application/jsonl",
      bytes: csv ? votesCsv(rows) : votesJsonLines(rows),
    };
  }

  private async named<T extends { id: string }>(entity: new () => T, id: string, what: string): Promise<T> {
    const row = await this.db.manager.findOneBy<T>(entity, { id: parseId(id, "id") } as never);
    if (!row) throw new UserError("NOT_FOUND", `No ${what} ${id}.`, "id");
    return row;
  }

  private async roundOf(id: string): Promise<{ round: Round; names: string[] }> {
    const round = await this.named(Round, id, "round");
    const experiment = await this.named(Experiment, round.experimentId, "experiment");
    return { round, names: [experiment.name, `round ${round.index}`] };
  }

  private async modelOfRound(id: string): Promise<ModelOfRound> {
    const model = await this.named(RewardModel, id, "reward model");
    const { round, names } = await this.roundOf(model.roundId);
    return { model, round, names: [...names, model.name] };
  }
}
