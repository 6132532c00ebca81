import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { ExportKind } from "../../shared/enums.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import { experimentById } from "../experiments/experiment.loader.ts";
import type { RequestContext } from "../graphql/context.ts";
import { ProxySet } from "../proxy-data/proxy-set.entity.ts";
import { RewardModel } from "../reward-models/reward-model.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { roundById } from "../rounds/round.loader.ts";
import { Study } from "../studies/study.entity.ts";
import { ExportLink } from "./export-link.ts";
import { exportFileName } from "./file-name.ts";

const DESCRIPTION =
  "Files of it that other tools read. What is not there yet is refused with a code when it is asked for.";

/** A file that is made when it is asked for. */
const made = (kind: ExportKind, names: string[], path: string): ExportLink => ({
  kind,
  url: `/exports/${path}`,
  fileName: exportFileName(kind, names),
});

/** A file that lies in the store under its hash. */
function stored(kind: ExportKind, names: string[], sha256: string | null): ExportLink[] {
  const fileName = exportFileName(kind, names);
  return sha256 === null ? [] : [{ kind, url: `/artifacts/${sha256}?name=${fileName}`, fileName }];
}

async function namesOf(round: Round, { loaders }: RequestContext): Promise<string[]> {
  const experiment = await loaders.require(experimentById, round.experimentId, { what: "experiment" });
  return [experiment.name, `round ${round.index}`];
}

@Resolver(() => Experiment)
export class ExperimentExportsResolver {
  @FieldResolver(() => [ExportLink], { description: DESCRIPTION })
  exports(@Root() { id, name }: Experiment): ExportLink[] {
    return [made(ExportKind.METRICS_CSV, [name], `experiments/${id}/metrics.csv`)];
  }
}

@Resolver(() => ProxySet)
export class ProxySetExportsResolver {
  @FieldResolver(() => [ExportLink], { description: DESCRIPTION })
  exports(@Root() { id, name }: ProxySet): ExportLink[] {
    return [made(ExportKind.FEATURES_SAFETENSORS, [name, "proxy set"], `proxy-sets/${id}/features.safetensors`)];
  }
}

@Resolver(() => Round)
export class RoundExportsResolver {
  @FieldResolver(() => [ExportLink], { description: DESCRIPTION })
  async exports(@Root() round: Round, @Ctx() context: RequestContext): Promise<ExportLink[]> {
    const names = await namesOf(round, context);
    return [
      made(ExportKind.FEATURES_SAFETENSORS, names, `rounds/${round.id}/features.safetensors`),
      made(ExportKind.METRICS_CSV, names, `rounds/${round.id}/metrics.csv`),
    ];
  }
}

@Resolver(() => RewardModel)
export class RewardModelExportsResolver {
  @FieldResolver(() => [ExportLink], { description: DESCRIPTION })
  async exports(@Root() model: RewardModel, @Ctx() context: RequestContext): Promise<ExportLink[]> {
    const round = await context.loaders.require(roundById, model.roundId, { what: "round" });
    const names = [...(await namesOf(round, context)), model.name];
    const path = `reward-models/${model.id}`;
    return [
      ...stored(ExportKind.WEIGHTS_SAFETENSORS, names, model.weightsSha256),
      ...stored(ExportKind.SCORER_ONNX, names, model.onnxSha256),
      ...stored(ExportKind.IMAGE_SCORER_ONNX, names, model.imageOnnxSha256),
      made(ExportKind.PAIRS_PARQUET, names, `${path}/pairs.parquet`),
      made(ExportKind.PAIRS_JSON_LINES, names, `${path}/pairs.jsonl`),
      made(ExportKind.SFT_IMAGEFOLDER, names, `${path}/sft.zip`),
      made(ExportKind.METRICS_CSV, names, `${path}/metrics.csv`),
    ];
  }
}

@Resolver(() => Study)
export class StudyExportsResolver {
  @FieldResolver(() => [ExportLink], { description: DESCRIPTION })
  exports(@Root() { id, name }: Study): ExportLink[] {
    return [
      made(ExportKind.VOTES_CSV, [name], `studies/${id}/votes.csv`),
      made(ExportKind.VOTES_JSON_LINES, [name], `studies/${id}/votes.jsonl`),
    ];
  }
}
