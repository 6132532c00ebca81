/**
 * The demo: starts the lab, records one round of GAN-RM on real drawings, then the paper in miniature on the embedded generator
 * (Algorithm 1 with DPO and with SFT, ablations), shows what came of it, and keeps serving. Run again it goes on from what is there.
 */
import { fork } from "node:child_process";
import path from "node:path";
import { ApiClient } from "../../shared/api-client.ts";
import { judgementTable } from "../client/judge-round.ts";
import { ablationReport } from "./ablation-report.ts";
import { buildEmojiDataset } from "./dataset.ts";
import { recordMiniature } from "./miniature-arms.ts";
import { DEMO_HELP, type DemoOptions, demoOptions } from "./options.ts";
import { recordAblations } from "./record-ablations.ts";
import { recordRound } from "./record-round.ts";
import { runReport } from "./run-report.ts";

const K = 4;
/** All seven vendors' drawings of every prompt. */
const ABLATION_K = 7;
const GRID = { seeds: [0, 1, 2, 3, 4], n: [50, 250, 400], k: [2, 4, 7] };

/** What the server tells the process that started it. */
interface Lab {
  url: string;
  token: string;
  signIn: string;
}

/** Starts the lab as `npm start` does, and tells where it is. */
function startLab(): Promise<Lab> {
  const server = fork(path.resolve(import.meta.dirname, "../../server/main.ts"), {
    execArgv: ["--import", "tsx"],
    env: { LOG_LEVEL: "warn", ...process.env },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => server.kill(signal));
  return new Promise((resolve) => {
    server.once("message", (message) => resolve(message as Lab));
    server.once("exit", (code) => process.exit(process.exitCode || (code ?? 1)));
  });
}

const say = (text: string): void => void process.stdout.write(text);

async function main(options: DemoOptions): Promise<void> {
  const { url, token, signIn } = await startLab();
  const client = new ApiClient({ url, token });
  const page = (id: string) => `  Dashboard: ${url}/experiments/${id}\n`;
  const dataset = buildEmojiDataset({ k: K });
  const { experimentId, judgement } = await recordRound(client, { dataset, k: K });
  say(`\n${judgementTable(judgement, K)}\n${page(experimentId)}  Sign in:   ${signIn}\n
  The paper in miniature follows, on a generator that draws 32 pixels; Ctrl-C stops, and the next start goes on.\n\n`);
  for await (const part of recordMiniature(client, options)) {
    if ("tables" in part) say(`\n${part.tables.map(ablationReport).join("\n")}\n`);
    else say(`\n${runReport(part.rows)}\n${page(part.experimentId)}\n`);
  }
  if (options.ablations) {
    const ablations = await recordAblations(client, {
      dataset: buildEmojiDataset({ k: ABLATION_K, trainOn: "ALL_VENDORS" }),
      k: ABLATION_K,
      grid: GRID,
    });
    say(`\n${ablations.tables.map(ablationReport).join("\n")}\n${page(ablations.experimentId)}`);
  }
  say("  Still serving; Ctrl-C stops it.\n");
}

function optionsOrExit(): DemoOptions {
  try {
    const options = demoOptions(process.argv.slice(2));
    if (options) return options;
    say(DEMO_HELP);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${DEMO_HELP}`);
    process.exit(2);
  }
}

await main(optionsOrExit()).catch((error: Error) => {
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = 1;
  process.kill(process.pid, "SIGTERM");
});
