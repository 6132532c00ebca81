import { z } from "zod";
import { ComputeProvider } from "../../shared/enums.ts";

/** What workers send about jobs. */

const lease = { jobId: z.uuid("must be a job's id"), leaseToken: z.uuid("must be the token that leaseJob gave") };

export const leaseRequest = z.object({
  worker: z.string().trim().min(1, "must not be empty").max(200),
  kinds: z.array(z.string().min(1).max(100)).min(1, "must name at least one kind of job").max(100),
  provider: z.enum(ComputeProvider).nullish(),
  device: z.string().trim().min(1, "must not be empty").max(200).nullish(),
});

export const heartbeatReport = z.object({
  ...lease,
  progress: z.number().min(0).max(1).nullish(),
  message: z.string().nullish(),
  checkpoint: z.record(z.string(), z.unknown()).nullish(),
  log: z.string().nullish(),
});

export const jobEnd = z
  .object({
    ...lease,
    result: z.record(z.string(), z.unknown()).nullish(),
    error: z.string().nullish(),
    final: z.boolean().nullish(),
    cancelled: z.boolean().nullish(),
    released: z.boolean().nullish(),
  })
  .refine(
    (end) =>
      [end.result, end.error].filter((it) => it != null).length +
        Number(end.cancelled ?? false) +
        Number(end.released ?? false) ===
      1,
    {
      path: ["result"],
      message: "exactly one of result, error, cancelled and released says how the job ended",
    },
  );
