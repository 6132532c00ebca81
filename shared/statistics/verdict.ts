import { MetricDirection, Verdict } from "../enums.ts";

/**
 * BETTER or WORSE where the 95% interval of a difference leaves out 0, which for Student's interval is where the t test finds
 * p < 0.05. Not corrected for how many differences are looked at: of 20 without a true one, one is expected to be a false alarm.
 */
export function verdictOf(
  { low, high }: { low: number | null; high: number | null },
  direction: MetricDirection,
): Verdict {
  if (low === null || high === null || (low <= 0 && high >= 0)) return Verdict.NO_EVIDENCE;
  return low > 0 === (direction === MetricDirection.HIGHER) ? Verdict.BETTER : Verdict.WORSE;
}
