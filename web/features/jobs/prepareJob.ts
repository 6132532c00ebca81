/** What a job's card says, decided apart from how it is drawn. */
import { duration } from "../../../shared/format/number.ts";
import type { JobFieldsFragment, WorkerState } from "../../graphql/generated/graphql.ts";

export type Job = JobFieldsFragment;

const PROVIDERS = { CPU: "CPU", WEBGPU: "WebGPU", CUDA: "CUDA" } as const;

const seconds = (from: string, to: string | null | undefined, now: number): number =>
  Math.max(0, ((to ? new Date(to).getTime() : now) - new Date(from).getTime()) / 1000);

/** How long it was queued and how long it ran, up to now where it still does: from its first lease to its end, all attempts. */
export function timesOf(job: Pick<Job, "createdAt" | "startedAt" | "finishedAt">, now: number): string {
  const { createdAt, startedAt, finishedAt } = job;
  const queued = `queued for ${duration(seconds(createdAt, startedAt ?? finishedAt, now))}`;
  if (!startedAt) return finishedAt ? `${queued}, never ran` : queued;
  return `${queued}, ${finishedAt ? "ran" : "running"} for ${duration(seconds(startedAt, finishedAt, now))}`;
}

/** What a worker computes on, as far as it said: "CUDA, NVIDIA H100". */
export const machineOf = ({ provider, device }: Pick<Job, "provider" | "device">): string =>
  [provider && PROVIDERS[provider], device].filter(Boolean).join(", ");

/** "1 busy, 2 idle, 1 silent" */
export function workersInWords(workers: readonly { state: WorkerState }[]): string {
  const states: WorkerState[] = ["BUSY", "IDLE", "SILENT"];
  return states
    .map((state) => ({ state, n: workers.filter((worker) => worker.state === state).length }))
    .filter(({ n }) => n > 0)
    .map(({ state, n }) => `${n} ${state.toLowerCase()}`)
    .join(", ");
}

/** Which worker, and what it computes on as far as it said: "gpu-1:77 · CUDA, NVIDIA H100". */
export function workerOf({ worker, ...on }: Pick<Job, "worker" | "provider" | "device">): string {
  if (!worker) return "no worker yet";
  const machine = machineOf(on);
  return machine ? `${worker} · ${machine}` : worker;
}
