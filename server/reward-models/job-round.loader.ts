import type { LoaderDefinition } from "../graphql/loader.ts";

/** By the id of a job: the round that its input names, itself or by its reward model; null for one about no round. */
export const roundIdByJob: LoaderDefinition<string, string | null> = {
  name: "roundIdByJob",
  async loadMany(db, jobIds) {
    const rows: { jobId: string; roundId: string }[] = await db.query(
      `select j.id as "jobId", r.id as "roundId" from jobs j join rounds r on r.id = coalesce(
         (select m.round_id from reward_models m where m.id = uuid_of(j.input, 'rewardModelId')), uuid_of(j.input, 'roundId'))
       where j.id = any($1)`,
      [jobIds],
    );
    const rounds = new Map(rows.map(({ jobId, roundId }) => [jobId, roundId]));
    return jobIds.map((id) => rounds.get(id) ?? null);
  },
};
