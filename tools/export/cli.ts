/** `npm run export -- --help` */
import { ApiClient, ApiError } from "../../shared/api-client.ts";
import { ProgressBar } from "../client/progress-bar.ts";
import { UsageError } from "../client/which-server.ts";
import { HELP, readOptions } from "./options.ts";
import { type ExportReport, saveExports, type Watch } from "./save-exports.ts";

const EXIT = { done: 0, someMissing: 1, badInput: 2, serverFailed: 3, interrupted: 130 } as const;
const PATIENCE_MS = 5_000;
const MEBIBYTE = 1 << 20;

const sizeOf = (bytes: number): string =>
  bytes < MEBIBYTE ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / MEBIBYTE).toFixed(1)} MiB`;

/** A bar for each file; Ctrl-C ends the one under way. */
function watch(signal: AbortSignal): Watch {
  let bar: ProgressBar | null = null;
  let received = 0;
  return {
    signal,
    begin(fileName: string): void {
      bar = new ProgressBar(fileName, process.stderr);
      received = 0;
    },
    progress(bytes: number, total: number | null): void {
      received = bytes;
      bar?.update(total === null ? null : bytes / total, sizeOf(bytes));
    },
    end(): void {
      bar?.done(received > 0 ? sizeOf(received) : "nothing");
    },
  };
}

function print({ saved, notYet }: ExportReport, asJson: boolean): void {
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ saved, notYet })}\n`);
    return;
  }
  for (const { file, bytes } of saved) process.stdout.write(`${file}  ${sizeOf(bytes)}\n`);
  for (const { fileName, reason } of notYet) process.stderr.write(`Not there yet, ${fileName}: ${reason}\n`);
}

async function main(signal: AbortSignal): Promise<number> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options.help) {
    process.stdout.write(HELP);
    return EXIT.done;
  }
  const client = new ApiClient({ url: options.api, token: options.token, patience: PATIENCE_MS });
  const report = await saveExports(client, options, watch(signal));
  print(report, options.json);
  if (report.saved.length + report.notYet.length === 0)
    throw new UsageError("--what: these objects have no such file. A reward model's appear when it is trained.");
  return report.notYet.length > 0 ? EXIT.someMissing : EXIT.done;
}

function exitCodeOf(error: unknown): number {
  const callersMistake =
    error instanceof UsageError ||
    (error instanceof ApiError && error.code !== "UNREACHABLE" && error.code !== "INTERNAL") ||
    (error as NodeJS.ErrnoException).syscall !== undefined; // a folder that can't be written to
  return callersMistake ? EXIT.badInput : EXIT.serverFailed;
}

const interruption = new AbortController();
process.on("SIGINT", () => interruption.abort());
process.exitCode = await main(interruption.signal).catch((error: Error) => {
  if (interruption.signal.aborted) {
    process.stderr.write("\nInterrupted; what is there is whole.\n");
    return EXIT.interrupted;
  }
  const hint = error instanceof UsageError ? " See --help." : "";
  process.stderr.write(`\n${error.message}${hint}\n`);
  return exitCodeOf(error);
});
