const WIDTH = 28;

/** A line in the terminal that fills up. Without a terminal it prints a line at the start and one at the end. */
export class ProgressBar {
  private readonly started = Date.now();
  private shown = -1;
  constructor(private readonly title: string) {
    if (!process.stdout.isTTY) process.stdout.write(`${title} ...\n`);
  }

  /** @param share 0 to 1 */
  update(share: number, message = ""): void {
    if (!process.stdout.isTTY || Date.now() - this.shown < 80) return;
    this.shown = Date.now();
    const full = Math.round(WIDTH * Math.min(Math.max(share, 0), 1));
    process.stdout.write(`\r\x1b[K${this.title.padEnd(24)} ${"█".repeat(full)}${"░".repeat(WIDTH - full)} ${message}`);
  }

  done(message: string): void {
    const seconds = ((Date.now() - this.started) / 1000).toFixed(1);
    process.stdout.write(
      `${process.stdout.isTTY ? "\r\x1b[K" : ""}${this.title.padEnd(24)} ${message} (${seconds} s)\n`,
    );
  }
}
