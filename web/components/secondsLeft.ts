const TOO_EARLY = 0.03;

/** Time left at the pace so far, in seconds; null while it can't be told: not running, or hardly begun. */
export function secondsLeft(
  job: { state: string; progress: number; startedAt?: string | null },
  now: number,
): number | null {
  if (job.state !== "RUNNING" || !job.startedAt || job.progress < TOO_EARLY) return null;
  const elapsed = Math.max(0, (now - new Date(job.startedAt).getTime()) / 1000);
  return (elapsed * (1 - job.progress)) / job.progress;
}
