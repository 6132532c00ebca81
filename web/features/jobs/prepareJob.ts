/** What a job's card says, decided apart from how it is drawn. */
import { duration } from "../../../shared/format/number.ts";
import type { JobFieldsFragment } from "../../graphql/generated/graphql.ts";

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

/** Which worker, and what it computes on as far as it said: "gpu-1:77 · CUDA, NVIDIA H100". */
export function workerOf({ worker, provider, device }: Pick<Job, "worker" | "provider" | "device">): string {
  if (!worker) return "no worker yet";
  const machine = [provider && PROVIDERS[provider], device].filter(Boolean).join(", ");
  return machine ? `${worker} · ${machine}` : worker;
}
