import { UserError } from "../../../../../shared/user-error.ts";
import { folderError, parseConfig } from "../config-file.ts";
import { DdimScheduler } from "./ddim.ts";
import { DpmSolverScheduler } from "./dpm-solver.ts";
import { EulerScheduler } from "./euler.ts";
import type { Scheduler } from "./scheduler.ts";
import { ddimConfig, dpmSolverConfig, eulerConfig, scheduleBasics } from "./scheduler-config.ts";

export const SCHEDULERS = ["ddim", "dpm-solver++", "euler"] as const;
export type SchedulerName = (typeof SCHEDULERS)[number];

const OWN: Readonly<Record<string, SchedulerName>> = {
  DDIMScheduler: "ddim",
  DPMSolverMultistepScheduler: "dpm-solver++",
  EulerDiscreteScheduler: "euler",
};
/**
 * Classes of diffusers whose configs describe the same kind of noise schedule, so that one of ours can take their place, as
 * `DPMSolverMultistepScheduler.from_config` does there.
 */
const COMPATIBLE = [
  "DDPMScheduler",
  "DEISMultistepScheduler",
  "DPMSolverSDEScheduler",
  "DPMSolverSinglestepScheduler",
  "EulerAncestralDiscreteScheduler",
  "HeunDiscreteScheduler",
  "KDPM2AncestralDiscreteScheduler",
  "KDPM2DiscreteScheduler",
  "LMSDiscreteScheduler",
  "PNDMScheduler",
  "UniPCMultistepScheduler",
];
const INSTEAD: SchedulerName = "dpm-solver++";

/** The schedulers that a checkpoint's scheduler_config.json allows. */
export interface SchedulerChoice {
  /** used where the caller names none */
  readonly own: SchedulerName;
  /** @throws UserError BAD_INPUT for an unknown name, or a number of steps that the schedule does not allow */
  make(steps: number, name?: string): Scheduler;
}

/**
 * @param file named in errors @param text its content
 * @throws UserError BAD_INPUT naming the field that the checkpoint's own scheduler can't be made with
 */
export function schedulersOf(file: string, text: string): SchedulerChoice {
  const { _class_name: written, num_train_timesteps: count } = parseConfig(file, text, scheduleBasics);
  const own = OWN[written] ?? (COMPATIBLE.includes(written) ? INSTEAD : undefined);
  if (!own) {
    const known = [...Object.keys(OWN), ...COMPATIBLE].join(", ");
    throw folderError(file, `_class_name is ${written}; supported are ${known}.`);
  }
  const make = (name: SchedulerName, steps: number): Scheduler => {
    if (name === "ddim") return new DdimScheduler(parseConfig(file, text, ddimConfig), steps);
    if (name === "euler") return new EulerScheduler(parseConfig(file, text, eulerConfig), steps);
    return new DpmSolverScheduler(parseConfig(file, text, dpmSolverConfig), steps);
  };
  make(own, 1); // what it can't be made with is said when the policy is loaded
  return {
    own,
    make(steps, name = own) {
      if (!isScheduler(name)) {
        const known = SCHEDULERS.join(", ");
        throw new UserError(
          "BAD_INPUT",
          `There is no scheduler "${name}" for this policy; there are ${known}.`,
          "scheduler",
        );
      }
      if (!Number.isInteger(steps) || steps < 1 || steps >= count)
        throw new UserError(
          "BAD_INPUT",
          `steps must be a whole number from 1 to ${count - 1}; it is ${steps}.`,
          "steps",
        );
      const scheduler = make(name, steps);
      if (Math.max(...scheduler.timesteps) >= count)
        throw new UserError("BAD_INPUT", `${steps} steps are too many with the checkpoint's steps_offset.`, "steps");
      return scheduler;
    },
  };
}

const isScheduler = (name: string): name is SchedulerName => (SCHEDULERS as readonly string[]).includes(name);
