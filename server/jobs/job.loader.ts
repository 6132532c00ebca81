import { selectOf } from "../graphql/connection.ts";
import { entityById, type LoaderDefinition } from "../graphql/loader.ts";
import { Job } from "./job.entity.ts";

export const jobById = entityById(Job);

/**
 * By the id of a job: the living or succeeded one of the same kind and natural key, of which there is one at most; null if there is
 * none. Index jobs_natural_key_key.
 */
export const workAgain: LoaderDefinition<string, Job | null> = {
  name: "workAgain",
  async loadMany(db, ids) {
    const rows: (Job & { lostId: string })[] = await db.query(
      `select l.id as "lostId", ${selectOf(db, Job, "j")} from jobs l join jobs j on j.kind = l.kind and j.natural_key = l.natural_key
       where l.id = any($1) and j.state in ('QUEUED','RUNNING','SUCCEEDED')`,
      [ids],
    );
    const jobs = new Map(rows.map(({ lostId, ...job }) => [lostId, job as Job]));
    return ids.map((id) => jobs.get(id) ?? null);
  },
};

/** By a worker's name: the job that it has, the latest where it lost others without knowing; null if there is none. Index jobs_worker_idx. */
export const jobOfWorker: LoaderDefinition<string, Job | null> = {
  name: "jobOfWorker",
  async loadMany(db, names) {
    const rows: Job[] = await db.query(
      `select distinct on (j.worker) ${selectOf(db, Job, "j")} from jobs j
       where j.worker = any($1) and j.state = 'RUNNING' order by j.worker, j.id desc`,
      [names],
    );
    const jobs = new Map(rows.map((job) => [job.worker, job]));
    return names.map((name) => jobs.get(name) ?? null);
  },
};
