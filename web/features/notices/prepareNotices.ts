/** Which notices there are after a job has ended, decided apart from how they are drawn. */
import { count } from "../../../shared/format/number.ts";
import { addressOfWork, jobTitle } from "../../components/jobSubject.ts";
import type { EndedJobQuery } from "../../graphql/generated/graphql.ts";

export type EndedJob = NonNullable<EndedJobQuery["job"]>;

/** All that ended of one experiment, or of one ablation, is one notice: a run of 30 steps raises one and not 30. */
export interface Notice {
  key: string;
  /** Whose work it is: an experiment with its round. */
  of: string | null;
  /** The latest that ended. */
  text: string;
  href: string;
  succeeded: number;
  failed: number;
}

export interface Notices {
  /** The latest first; at most MAX_NOTICES. */
  shown: readonly Notice[];
  /** Ids of the jobs that were told of, so that none is counted twice. */
  told: ReadonlySet<string>;
  /** What is read out: of a group its first end and its first failure, not each of hundreds. */
  announcement: string;
}

export const NO_NOTICES: Notices = { shown: [], told: new Set(), announcement: "" };

/** Of more groups the oldest give way; the page of jobs has them all. */
export const MAX_NOTICES = 3;

const groupOf = ({ id, input, round }: EndedJob): string =>
  typeof input.ablationId === "string" ? input.ablationId : (round?.experiment.id ?? id);

/** Jobs that somebody cancelled are no news to anybody. */
const isNews = (state: string): boolean => state === "SUCCEEDED" || state === "FAILED";

export function withEnded(before: Notices, job: EndedJob): Notices {
  if (!isNews(job.state) || before.told.has(job.id)) return before;
  const key = groupOf(job);
  const known = before.shown.find((notice) => notice.key === key);
  const failed = job.state === "FAILED";
  const { round } = job;
  const notice: Notice = {
    key,
    of: round && `${round.experiment.name}, round ${round.index}`,
    text: `${jobTitle(job.kind)} ${failed ? "failed" : "has finished"}`,
    // What failed made nothing: its page says why.
    href: failed ? `/jobs?job=${job.id}` : addressOfWork(job),
    succeeded: (known?.succeeded ?? 0) + Number(!failed),
    failed: (known?.failed ?? 0) + Number(failed),
  };
  const isFirst = !known || (failed && known.failed === 0);
  return {
    shown: [notice, ...before.shown.filter((other) => other !== known)].slice(0, MAX_NOTICES),
    told: new Set([...before.told, job.id]),
    announcement: isFirst ? [notice.text, notice.of].filter(Boolean).join(": ") : before.announcement,
  };
}

export const without = (before: Notices, key: string): Notices => ({
  ...before,
  shown: before.shown.filter((notice) => notice.key !== key),
});

/** "12 finished, 1 failed"; null for a notice of one job, which says it already. */
export function sumOf({ succeeded, failed }: Notice): string | null {
  if (succeeded + failed < 2) return null;
  const parts = [succeeded > 0 && `${count(succeeded)} finished`, failed > 0 && `${count(failed)} failed`];
  return `${parts.filter(Boolean).join(", ")} since you opened this page`;
}
