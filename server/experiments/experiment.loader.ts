import { entityById, type LoaderDefinition } from "../graphql/loader.ts";
import { Experiment } from "./experiment.entity.ts";

export const experimentById = entityById(Experiment);

/** $1 experiments: each with those that begin alike. Index experiments_base_policy_id_idx. */
const SIBLINGS = `
select e.id as "of", s.id from experiments e
join experiments s on s.base_policy_id = e.base_policy_id and s.prompt_set_id = e.prompt_set_id and s.id <> e.id
where e.id = any($1) order by e.id, s.id`;

/** Ids of the experiments on the same prompts that begin with the same policy, oldest first. */
export const siblingsOfExperiment: LoaderDefinition<string, string[]> = {
  name: "siblingsOfExperiment",
  async loadMany(db, ids) {
    const rows: { of: string; id: string }[] = await db.query(SIBLINGS, [[...ids]]);
    const byExperiment = Map.groupBy(rows, (row) => row.of);
    return ids.map((id) => (byExperiment.get(id) ?? []).map((row) => row.id));
  },
};
