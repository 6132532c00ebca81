/** `npm run import -- --help` */
import { ApiClient, ApiError } from "../../shared/api-client.ts";
import { type Judgement, judgementTable, judgeRound } from "../client/judge-round.ts";
import { IMPORT_REFERENCE, LOG_PAIRS } from "../client/operations.ts";
import { ProgressBar } from "../client/progress-bar.ts";
import { UsageError } from "../client/which-server.ts";
import { type ImportReport, importExperiment } from "./import-experiment.ts";
import { type ImportProblem, SourceError } from "./import-item.ts";
import { METADATA_FILE } from "./metadata.ts";
import { HELP, type ImportOptions, readOptions } from "./options.ts";
import { paperResults } from "./paper-results.ts";
import { ContentDiffers } from "./register.ts";

const EXIT = { done: 0, someRefused: 1, badInput: 2, serverFailed: 3, interrupted: 130 } as const;
const PATIENCE_MS = 5_000;
const PAIRS_A_REQUEST = 1000;
const TITLES = { proxy: "Preference proxy data", samples: "Samples" } as const;

/** On a line of its own, in place of the bar, which is drawn again below. */
function explain({ file, line, reason, fix }: ImportProblem): void {
  const clear = process.stderr.isTTY ? "\r\x1b[K" : "";
  const where = !line
    ? file
    : file.endsWith(METADATA_FILE)
      ? `${file}:${line}`
      : `${file} (line ${line} of its metadata)`;
  process.stderr.write(`${clear}${where}: ${reason} ${fix}\n`);
}

/** One bar for each part, closed when the next begins. */
function progress() {
  let current: { part: keyof typeof TITLES; bar: ProgressBar; done: number } | null = null;
  const close = (): void => {
    current?.bar.done(`${current.done} images`);
    current = null;
  };
  const update = (part: keyof typeof TITLES, done: number, total: number | null): void => {
    if (current?.part !== part) {
      close();
      current = { part, bar: new ProgressBar(TITLES[part], process.stderr), done };
    }
    current.done = done;
    current.bar.update(total === null ? null : done / total, total === null ? `${done}` : `${done} of ${total}`);
  };
  return { update, close };
}

function printReport(options: ImportOptions, report: ImportReport, judgement: Judgement | null): void {
  const url = `${options.api}/experiments/${report.experimentId}`;
  if (options.json) {
    const preferences = report.preferences.length;
    process.stdout.write(`${JSON.stringify({ ...report, preferences, url, judgement })}\n`);
    return;
  }
  const { preferences, samples, proxyImages, prompts, evalPrompts, refused, k } = report;
  process.stdout.write(
    `\n${samples} samples of ${prompts} prompts (${evalPrompts} to evaluate on) and ${proxyImages} proxy images are in.\n`,
  );
  if (preferences.length > 0)
    process.stdout.write(
      judgement
        ? `${preferences.length} preferences of people are in as pairs of source HUMAN.\n`
        : `The file says what people preferred of ${preferences.length} prompts; --train records it as pairs.\n`,
    );
  if (refused.length > 0) process.stdout.write(`Refused, as listed above: ${refused.length}.\n`);
  if (judgement) process.stdout.write(`\n${judgementTable(judgement, k)}`);
  process.stdout.write(`\n  Dashboard: ${url}\n`);
}

/** What people preferred, as pairs of source HUMAN beside those that the reward model chose. */
async function logPreferences(client: ApiClient, rewardModelId: string, pairs: ImportReport["preferences"]) {
  for (let i = 0; i < pairs.length; i += PAIRS_A_REQUEST)
    await client.ask(LOG_PAIRS, { input: { rewardModelId, pairs: pairs.slice(i, i + PAIRS_A_REQUEST) } });
}

async function importFiles(client: ApiClient, options: ImportOptions): Promise<number> {
  const bars = progress();
  const report = await importExperiment(client, { ...options, onProblem: explain, onProgress: bars.update }).finally(
    bars.close,
  );
  const judgement = options.train
    ? await judgeRound(client, {
        roundId: report.roundId,
        negativePromptTag: options.evalShare > 0 ? "train" : undefined,
        prefer: options.prefer,
        steps: options.steps,
        stream: process.stderr,
      })
    : null;
  if (judgement) await logPreferences(client, judgement.rewardModelId, report.preferences);
  printReport(options, report, judgement);
  return report.refused.length > 0 ? EXIT.someRefused : EXIT.done;
}

async function importPaperTables(client: ApiClient, options: ImportOptions): Promise<number> {
  const input = paperResults();
  const { importReferenceResults } = await client.ask<{ importReferenceResults: { inserted: number } }>(
    IMPORT_REFERENCE,
    { input },
  );
  const { inserted } = importReferenceResults;
  const total = input.results.length;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ inserted, total })}\n`
      : `${total} published numbers are in, ${inserted} of them new.\n`,
  );
  return EXIT.done;
}

function exitCodeOf(error: unknown): number {
  const callersMistake =
    error instanceof UsageError ||
    error instanceof SourceError ||
    error instanceof ContentDiffers ||
    (error instanceof ApiError && error.code !== "UNREACHABLE" && error.code !== "INTERNAL");
  return callersMistake ? EXIT.badInput : EXIT.serverFailed;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options.help) {
    process.stdout.write(HELP);
    return EXIT.done;
  }
  const client = new ApiClient({ url: options.api, token: options.token, patience: PATIENCE_MS });
  return options.paperTables ? importPaperTables(client, options) : importFiles(client, options);
}

process.on("SIGINT", () => {
  process.stderr.write("\nInterrupted; the same command goes on from here.\n");
  process.exit(EXIT.interrupted);
});
process.exitCode = await main().catch((error: Error) => {
  const hint = error instanceof UsageError ? " See --help." : "";
  process.stderr.write(`\n${error.message}${hint}\n`);
  return exitCodeOf(error);
});
