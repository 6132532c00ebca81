import { parseArgs } from "node:util";

/** What the demo shows and how much of it. */
export interface DemoOptions {
  rounds: number;
  sftRounds: number;
  trainPrompts: number;
  evalPrompts: number;
  k: number;
  seed: number;
  ablations: boolean;
}

export const DEMO_HELP = `npm run demo [-- options]

  --rounds N             rounds of DPO (3)
  --sft-rounds N         rounds of SFT (1)
  --train-prompts N      prompts to train on (160)
  --eval-prompts N       prompts held out to measure on (40); with the former 208 at most
  --k N                  samples of each prompt (6)
  --seed N               of every random choice (0)
  --no-ablations         without those of strategies, N and K (tables 4, 7 and 8)

Run again with the same options it goes on from what is there; other sizes are other experiments.
`;

const FLAGS = {
  rounds: { type: "string", default: "3" },
  "sft-rounds": { type: "string", default: "1" },
  "train-prompts": { type: "string", default: "160" },
  "eval-prompts": { type: "string", default: "40" },
  k: { type: "string", default: "6" },
  seed: { type: "string", default: "0" },
  ablations: { type: "boolean", default: true },
  help: { type: "boolean", default: false },
} as const;

/** @returns null where help is asked for. @throws TypeError naming the option that is wrong */
export function demoOptions(args: string[]): DemoOptions | null {
  const { values } = parseArgs({ args, options: FLAGS, allowNegative: true });
  if (values.help) return null;
  const whole = (name: keyof typeof FLAGS, from: number): number => {
    const number = Number(values[name]);
    if (!(Number.isSafeInteger(number) && number >= from))
      throw new TypeError(`--${name}: a whole number from ${from} on, not "${values[name]}".`);
    return number;
  };
  return {
    rounds: whole("rounds", 1),
    sftRounds: whole("sft-rounds", 1),
    trainPrompts: whole("train-prompts", 20),
    evalPrompts: whole("eval-prompts", 2),
    k: whole("k", 2),
    seed: whole("seed", 0),
    ablations: values.ablations,
  };
}
