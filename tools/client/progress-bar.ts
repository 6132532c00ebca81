const WIDTH = 28;
const REDRAW_MS = 80;

/** A line in the terminal that fills up. Without a terminal it prints a line at the start and one at the end. */
export class ProgressBar {
  private readonly started = Date.now();
  private shown = -1;
  constructor(
    private readonly title: string,
    private readonly stream: NodeJS.WriteStream = process.stdout,
  ) {
    if (!stream.isTTY) stream.write(`${title} ...\n`);
  }

  /** @param share 0 to 1, or null where the whole is not known */
  update(share: number | null, message = ""): void {
    if (!this.stream.isTTY || Date.now() - this.shown < REDRAW_MS) return;
    this.shown = Date.now();
    const full = Math.round(WIDTH * Math.min(Math.max(share ?? 0, 0), 1));
    const bar = share === null ? "" : `${"█".repeat(full)}${"░".repeat(WIDTH - full)} `;
    this.stream.write(`\r\x1b[K${this.title.padEnd(24)} ${bar}${message}`);
  }

  done(message: string): void {
    const seconds = ((Date.now() - this.started) / 1000).toFixed(1);
    this.stream.write(`${this.stream.isTTY ? "\r\x1b[K" : ""}${this.title.padEnd(24)} ${message} (${seconds} s)\n`);
  }
}
