import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { RoundStatus } from "../../shared/enums.ts";
import {
  GENERATE_SAMPLES,
  type GenerateSamplesInput,
  type PolicyFiles,
  type SamplingChoice,
  samplingChoice,
} from "../../shared/jobs/generate-samples.ts";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import { inTransaction } from "../database/transaction.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import type { Job } from "../jobs/job.entity.ts";
import type { JobService } from "../jobs/job.service.ts";
import { Policy } from "../policies/policy.entity.ts";
import { Round } from "../rounds/round.entity.ts";
import { COUNT_MISSING, NEXT_MISSING, TAKE_OVER } from "./generate-samples.sql.ts";

declare module "../graphql/context.ts" {
  interface Services {
    sampleGeneration: SampleGenerationService;
  }
}

/** Most samples that a worker asks for at once. */
const MAX_REQUESTS = 1000;

const seed = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const generation = z.object({
  roundId: z.uuid("must be a round's id").toLowerCase(),
  promptTag: z.string().trim().min(1, "must not be empty").max(100).nullish(),
  kFrom: z.number().int().min(0).default(0),
  kTo: z.number().int().min(1, "is after the last k, so at least 1").nullish(),
  seed: seed.nullable().default(null),
  ...samplingChoice.shape,
});
type Asked = z.output<typeof generation>;

const wanted = z.object({
  promptTag: z.string().nullish(),
  kFrom: z.number().int().min(0),
  kTo: z.number().int().min(1),
  seed,
  fromPosition: z.number().int().min(0).default(0),
  first: z.number().int().min(1).max(MAX_REQUESTS),
});

/** One image to draw. */
export interface SampleToGenerate {
  promptPosition: number;
  prompt: string;
  k: number;
  seed: number;
}

/** What of a round's samples a job is to draw. */
export type GenerationScope = Pick<GenerateSamplesInput, "promptTag" | "kFrom" | "kTo">;

/** Where a worker finds the policy. @throws UserError POLICY_HAS_NO_WEIGHTS */
export function filesOf(policy: Policy, field: string): PolicyFiles {
  if (policy.weightsSha256) return { weightsSha256: policy.weightsSha256 };
  if (policy.folder) return { folder: policy.folder };
  throw new UserError(
    "POLICY_HAS_NO_WEIGHTS",
    `Policy "${policy.name}" has neither weights nor a folder${policy.jobId ? ` yet; wait for job ${policy.jobId}` : "; log its samples, or register it with weights"}.`,
    field,
  );
}

export class SampleGenerationService {
  constructor(
    private readonly db: DataSource,
    private readonly jobs: JobService,
  ) {}

  /**
   * Asks a worker to draw the samples of a round with its policy in. Asked again the same way it is the same job, and what
   * failed goes on; samples that are there, in this round or drawn alike in another, are never drawn again.
   * @throws UserError BAD_INPUT, NOT_FOUND, ROUND_COMPLETED, POLICY_HAS_NO_WEIGHTS, TOO_FEW_ITEMS (no prompt has the tag),
   *   CONFLICT (the round's samples are drawn otherwise already)
   */
  async request(input: unknown): Promise<{ roundId: string; job: Job }> {
    const { roundId } = parseInput(generation, input);
    return inTransaction(this.db, async (tx) => ({ roundId, job: await this.start(tx, input) }));
  }

  /** As `request`, in a caller's transaction. */
  async start(tx: EntityManager, input: unknown): Promise<Job> {
    const asked = parseInput(generation, input);
    const { roundId } = asked;
    const round = await tx.getRepository(Round).findOne({
      where: { id: roundId },
      lock: { mode: "pessimistic_write" },
    });
    if (!round) throw new UserError("NOT_FOUND", `No round ${roundId}.`, "roundId");
    const experiment = await tx.getRepository(Experiment).findOneByOrFail({ id: round.experimentId });
    const policy = await tx.getRepository(Policy).findOneByOrFail({ id: round.policyInId });
    const source = filesOf(policy, "roundId");
    const scope = scopeOf(asked, experiment);
    const choice = choiceOf(round, asked);
    const job: GenerateSamplesInput = {
      roundId,
      source,
      ...scope,
      ...choice,
      seed: choice.seed ?? experiment.seed,
    };
    const missing = await this.missing(tx, roundId, scope);
    if (missing > 0 && round.status === RoundStatus.COMPLETED)
      throw new UserError("ROUND_COMPLETED", "The round is completed and takes no more samples.", "roundId");
    if (missing === 0 && round.sampleCount === 0)
      throw new UserError("TOO_FEW_ITEMS", `No prompt of the set is tagged "${scope.promptTag}".`, "promptTag");
    if (!round.sampling) {
      const { steps, guidance, scheduler } = choice;
      const drawn = { seed: job.seed, asked: { steps, guidance, scheduler } };
      await tx.query("update rounds set sampling = $2 where id = $1", [
        roundId,
        JSON.stringify({ ...choice, ...drawn }),
      ]);
      await tx.query(TAKE_OVER, [roundId, ...[scope.promptTag, scope.kFrom, scope.kTo], JSON.stringify(drawn)]);
    }
    return this.jobs.start(
      tx,
      GENERATE_SAMPLES,
      `${roundId}:${scope.kFrom}-${scope.kTo}:${scope.promptTag ?? ""}`,
      job,
    );
  }

  /** How many samples of a scope are not there. */
  async missing(db: EntityManager, roundId: string, { promptTag, kFrom, kTo }: GenerationScope): Promise<number> {
    const [{ n }]: [{ n: number }] = await db.query(COUNT_MISSING, [roundId, promptTag, kFrom, kTo]);
    return n;
  }

  /** For workers: the next samples to draw, in order of place. @throws UserError BAD_INPUT */
  async next(roundId: string, input: unknown): Promise<{ count(): Promise<number>; requests: SampleToGenerate[] }> {
    const { fromPosition, first, seed, promptTag = null, kFrom, kTo } = parseInput(wanted, input);
    const scope = { promptTag, kFrom, kTo };
    const requests: SampleToGenerate[] = await this.db.query(NEXT_MISSING, [
      ...[roundId, promptTag, kFrom, kTo],
      ...[String(seed), fromPosition, first],
    ]);
    return { requests, count: () => this.missing(this.db.manager, roundId, scope) };
  }
}

function scopeOf({ promptTag = null, kFrom, kTo }: Asked, { k }: Experiment): GenerationScope {
  const scope = { promptTag, kFrom, kTo: kTo ?? k };
  if (scope.kTo > k)
    throw new UserError("BAD_INPUT", `kTo: is at most ${k}, the experiment's K, got ${scope.kTo}.`, "kTo");
  if (scope.kFrom >= scope.kTo)
    throw new UserError("BAD_INPUT", `kFrom: must be below kTo, which is ${scope.kTo}.`, "kFrom");
  return scope;
}

type Choice = SamplingChoice & { seed: number | null };

/** All samples of a round are drawn in one way: what is asked must be as it is recorded, and what is left open is as recorded. */
function choiceOf(round: Round, { steps, guidance, scheduler, seed }: Asked): Choice {
  const asked = { steps, guidance, scheduler, seed };
  const recorded = round.sampling as Partial<Choice> | null;
  if (!recorded) return asked;
  const choice = { ...asked };
  for (const key of ["steps", "guidance", "scheduler", "seed"] as const) {
    const before = recorded[key] ?? null;
    if (asked[key] !== null && before !== asked[key])
      throw new UserError(
        "CONFLICT",
        `The round's samples are drawn with ${key} ${before ?? "as the policy has it"}, got ${asked[key]}; open another round.`,
        key,
      );
    Object.assign(choice, { [key]: before });
  }
  return choice;
}
