import { rmSync } from "node:fs";
import { chmod, mkdir, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { isAlive } from "../../server/database/embedded/processes.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../server/database/embedded-postgres.ts";

declare module "vitest" {
  export interface ProvidedContext {
    postgresBroker: string;
  }
}

const PREFIX = "gan-rm-lab-test-";

/**
 * One Postgres for the whole test run, started when the first test asks for it over a loopback address: a run of pure
 * unit tests pays nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = join(tmpdir(), `${PREFIX}${process.pid}`);
  await removeLeftovers();
  let starting: Promise<EmbeddedPostgres> | undefined;
  const broker = createServer((_request, response) => {
    starting ??= startPostgres(folder);
    starting.then(
      ({ url }) => response.end(url),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => broker.listen(0, "127.0.0.1", resolve));
  project.provide("postgresBroker", `http://127.0.0.1:${(broker.address() as AddressInfo).port}`);
  return async () => {
    broker.closeAllConnections();
    broker.close();
    await (await starting?.catch(() => undefined))?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function startPostgres(folder: string): Promise<EmbeddedPostgres> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711); // its account must get in when the tests run as root
  return startEmbeddedPostgres({ dataDirectory: folder, durable: false });
}

/** Folders of test runs that were killed. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(name.slice(PREFIX.length));
    if (name.startsWith(PREFIX) && pid > 0 && !isAlive(pid))
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
