import { Ctx, Field, FieldResolver, Float, Int, ObjectType, Resolver, Root } from "type-graphql";
import { Experiment } from "../experiments/experiment.entity.ts";
import type { RequestContext } from "../graphql/context.ts";
import { costByExperiment, type JobKindCost as JobKindCostRow } from "./experiment-cost.loader.ts";

@ObjectType({ simpleResolvers: true, description: "What an experiment's jobs of one kind took." })
class JobKindCost implements JobKindCostRow {
  @Field(() => String, { description: "GENERATE_SAMPLES, TRAIN_REWARD_MODEL, ..." })
  kind!: string;
  @Field(() => Int, { description: "Jobs that a worker has taken." })
  jobs!: number;
  @Field(() => Int, { description: "Of them failed or cancelled." })
  lost!: number;
  @Field(() => Float, {
    description: "Seconds from each job's first lease to its end or until now, waiting between attempts among them.",
  })
  workerSeconds!: number;
  @Field(() => Int, { description: "Images that finished jobs drew; 0 for kinds that draw none." })
  imagesDrawn!: number;
}

@ObjectType({ description: "What an experiment took so far, by its jobs." })
class ExperimentCost {
  @Field(() => Float, { description: "Of all jobs, in seconds; two workers at once count twice." })
  workerSeconds!: number;
  @Field(() => Int, { description: "Images drawn; logged ones are not among them." })
  imagesDrawn!: number;
  @Field(() => [JobKindCost], { description: "By kind, in order of its name." })
  kinds!: JobKindCostRow[];
}

@Resolver(() => Experiment)
export class ExperimentCostResolver {
  @FieldResolver(() => ExperimentCost, { description: "Counted over all jobs when asked for." })
  async cost(@Root() experiment: Experiment, @Ctx() { loaders }: RequestContext): Promise<ExperimentCost> {
    const kinds = await loaders.load(costByExperiment, experiment.id);
    const total = (pick: (kind: JobKindCostRow) => number) => kinds.reduce((sum, kind) => sum + pick(kind), 0);
    return {
      workerSeconds: total(({ workerSeconds }) => workerSeconds),
      imagesDrawn: total(({ imagesDrawn }) => imagesDrawn),
      kinds,
    };
  }
}
