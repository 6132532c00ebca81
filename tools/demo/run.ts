/**
 * The demo: starts the lab, records one round of GAN-RM on real images and shows what came of it, then keeps serving.
 * Run again it goes on from what is there.
 */
import { fork } from "node:child_process";
import path from "node:path";
import { ApiClient } from "../../shared/api-client.ts";
import { judgementTable } from "../client/judge-round.ts";
import { ablationReport } from "./ablation-report.ts";
import { buildEmojiDataset } from "./dataset.ts";
import { recordAblations } from "./record-ablations.ts";
import { recordRound } from "./record-round.ts";

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

async function main(): Promise<void> {
  const { url, token, signIn } = await startLab();
  const client = new ApiClient({ url, token });
  const dataset = buildEmojiDataset({ k: K });
  const { experimentId, judgement } = await recordRound(client, { dataset, k: K });
  process.stdout.write(`
${judgementTable(judgement, K)}
  Dashboard: ${url}/experiments/${experimentId}
  Sign in:   ${signIn}
  The ablations of tables 4, 7 and 8 follow, some minutes of training; Ctrl-C stops, and the next start goes on.

`);
  const ablations = await recordAblations(client, {
    dataset: buildEmojiDataset({ k: ABLATION_K, trainOn: "ALL_VENDORS" }),
    k: ABLATION_K,
    grid: GRID,
  });
  process.stdout.write(`
${ablations.tables.map(ablationReport).join("\n")}
  Dashboard: ${url}/experiments/${ablations.experimentId}
  Still serving; Ctrl-C stops it.
`);
}

await main().catch((error: Error) => {
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = 1;
  process.kill(process.pid, "SIGTERM");
});
