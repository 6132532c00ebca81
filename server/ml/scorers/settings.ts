import { homedir } from "node:os";
import { join } from "node:path";

/** Where scorers and their files are on this machine. */
export interface ScorerSettings {
  /** GANRM_SCORERS_DIR: the user's cards, and model files of these and of the built-in ones; made by the user */
  readonly directory: string;
  /** GANRM_CACHE_DIR: what was downloaded */
  readonly cacheDirectory: string;
  /** GANRM_HUB_URL: where a card's `hub` files are; empty: nothing is downloaded */
  readonly hubUrl: string;
}

export function scorerSettings(env: NodeJS.ProcessEnv = process.env): ScorerSettings {
  return {
    directory: env.GANRM_SCORERS_DIR || "scorers",
    cacheDirectory: env.GANRM_CACHE_DIR ?? join(homedir(), ".cache", "gan-rm-lab"),
    hubUrl: (env.GANRM_HUB_URL ?? "https://huggingface.co").replace(/\/+$/, ""),
  };
}
