import { expect, test } from "vitest";
import { RunStepState } from "../../shared/enums.ts";
import { secondsLeft } from "./time-left.ts";

const { SUCCEEDED, RUNNING, QUEUED, WAITING } = RunStepState;
const done = (kind: string, seconds: number) => ({ kind, state: SUCCEEDED, progress: 1, seconds });
const ahead = (kind: string, state = WAITING) => ({ kind, state, progress: 0, seconds: null });

test("a step takes as long as those of its kind took, and a running one as its progress says", () => {
  const steps = [
    done("GENERATE", 60),
    done("SCORE", 10),
    done("GENERATE", 80),
    ahead("SCORE", QUEUED),
    ahead("GENERATE"),
  ];
  expect(secondsLeft(steps)).toBe(80);
  expect(secondsLeft([done("SCORE", 10), { kind: "SCORE", state: RUNNING, progress: 0.25, seconds: 5 }])).toBe(15);
});

test("nothing is said before every kind that is to come is known, nor from the first moments of a step", () => {
  expect(secondsLeft([done("GENERATE", 60), ahead("SCORE")])).toBeNull();
  expect(secondsLeft([{ kind: "SCORE", state: RUNNING, progress: 0.01, seconds: 5 }])).toBeNull();
  expect(secondsLeft([done("SCORE", 9), { kind: "SCORE", state: RUNNING, progress: 0.01, seconds: 5 }])).toBe(9);
});

test("nothing is left when all is done", () => {
  expect(secondsLeft([done("GENERATE", 60)])).toBe(0);
});
