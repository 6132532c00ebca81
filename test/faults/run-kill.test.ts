/** Algorithm 1 under kill -9: of the whole lab at one step after another, and of nothing but the word that a job has ended. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runnableExperiment, SHORT_RUN } from "../api/runnable-experiment.ts";
import { freePort, type LabProcess, labFolder, startLabProcess } from "../support/lab-process.ts";
import { runNextJob } from "../support/run-job.ts";
import { startTestServer } from "../support/server.ts";

const PATIENCE_MS = 900_000;
/** Steps during which the lab is killed, each once. */
const KILLED_IN = ["GENERATE:1", "SCORE:1", "FINE_TUNE:1", "MEASURE:2"];

const folder = labFolder();
let lab: LabProcess;
let restart: () => Promise<void>;
beforeAll(async () => {
  const GANRM_PORT = String(await freePort());
  restart = async () => {
    lab = await startLabProcess(folder.path, {
      ...{ GANRM_PORT, GANRM_WORKERS: "1", GANRM_LEASE_SECONDS: "10", LOG_LEVEL: "warn" },
    });
  };
  await restart();
}, 300_000);
afterAll(async () => {
  await lab?.stop();
  folder.remove();
});

interface RunView {
  id: string;
  state: string;
  error: string | null;
  steps: { roundIndex: number; kind: string; state: string; job: { logTail: string; error: string | null } | null }[];
}
const RUN = "id state error steps { roundIndex kind state job { logTail error } }";
const keyOf = ({ kind, roundIndex }: RunView["steps"][number]) => `${kind}:${roundIndex}`;

async function start(experimentId: string): Promise<string> {
  const { data, errors } = await lab.ask(
    "mutation ($input: RunExperimentInput!) { runExperiment(input: $input) { run { id } } }",
    { input: { experimentId, ...SHORT_RUN, postTraining: { hyperparameters: { steps: 60, batch: 4 } } } },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.runExperiment.run.id;
}

async function until(id: string, reached: (run: RunView) => boolean): Promise<RunView> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 100) {
    const run: RunView = (await lab.ask(`query ($id: ID!) { run(id: $id) { ${RUN} } }`, { id })).data.run;
    if (run.state === "FAILED") throw new Error(`${run.error}\n${lab.output()}`);
    if (reached(run)) return run;
    await sleep(100);
  }
  throw new Error(`the run did not get there:\n${lab.output()}`);
}

/** Everything that a run made and measured, by content. */
async function outcomeOf(experimentId: string): Promise<unknown> {
  const { data, errors } = await lab.ask(
    `query ($id: ID!) { experiment(id: $id) { rounds { index sampleCount sampling policyOut { weights { sha256 } }
       samples(first: 1000) { nodes { promptPosition k seed artifactSha256 } }
       rewardModels { name weights { sha256 } heldOutAuc pairs { totalCount } }
       metrics { nodes { name latest { value low high n } } } } } }`,
    { id: experimentId },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.experiment.rounds;
}

test("the lab is killed at one step after another and goes on by itself: every image, weight and number is that of an undisturbed run", {
  timeout: PATIENCE_MS,
}, async () => {
  const undisturbed = await runnableExperiment(lab);
  await until(await start(undisturbed.experimentId), ({ state }) => state === "SUCCEEDED");

  const { experimentId } = await runnableExperiment(lab);
  const id = await start(experimentId);
  for (const key of KILLED_IN) {
    await until(id, ({ steps }) => steps.some((step) => keyOf(step) === key && step.state !== "WAITING"));
    await lab.kill();
    await restart();
  }
  await until(id, ({ state }) => state === "SUCCEEDED");
  expect(await outcomeOf(experimentId)).toEqual(await outcomeOf(undisturbed.experimentId));
});

test("nobody told the run that its job has ended, because the server died in between: the next one to look goes on", {
  timeout: 600_000,
}, async () => {
  const server = await startTestServer();
  try {
    const { experimentId } = await runnableExperiment(server);
    const { runs } = server.services;
    const { id } = await runs.start({ experimentId, ...SHORT_RUN });
    const advance = vi.spyOn(runs, "advance").mockResolvedValue();
    await runNextJob(server);
    expect(advance).toHaveBeenCalledWith(id);
    await expect(runNextJob(server)).rejects.toThrow("There is no job to run.");
    advance.mockRestore();
    runs.watch();
    await vi.waitFor(async () => expect((await runNextJob(server)).kind).toBe("TRAIN_REWARD_MODEL"), 90_000);
    await runs.stop();
  } finally {
    await server.stop();
  }
});

test("many look at once: every step is begun once", { timeout: 600_000 }, async () => {
  const server = await startTestServer();
  try {
    const { experimentId } = await runnableExperiment(server);
    const { runs } = server.services;
    const { id } = await runs.start({ experimentId, ...SHORT_RUN });
    const advance = vi.spyOn(runs, "advance").mockResolvedValue();
    await runNextJob(server);
    advance.mockRestore();
    await Promise.all(Array.from({ length: 8 }, () => runs.advance(id)));
    const jobs = await server.db.query("select kind, state from jobs order by id");
    expect(jobs).toEqual([
      { kind: "GENERATE_SAMPLES", state: "SUCCEEDED" },
      { kind: "TRAIN_REWARD_MODEL", state: "QUEUED" },
      { kind: "TRAIN_REWARD_MODEL", state: "QUEUED" },
    ]);
  } finally {
    await server.stop();
  }
});
