import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { freePort, labFolder } from "../support/lab-process.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const { scripts } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: ReturnType<typeof labFolder>;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = labFolder();
});
afterAll(async () => {
  await database.drop();
  folder.remove();
});

/** This process's environment, in which Vitest has set NODE_ENV to test. */
function environment(changes: Record<string, string | undefined>): NodeJS.ProcessEnv {
  const all: Record<string, string | undefined> = { ...process.env, NODE_ENV: undefined, ...changes };
  return all as NodeJS.ProcessEnv;
}

/** Runs a script of package.json without a shell, as it would run where shells know no `VAR=x command`. */
function script(name: string, variables: Record<string, string>, ...more: string[]) {
  const [, ...args] = (scripts[name] ?? "").split(" ");
  const child: ChildProcess = spawn(process.execPath, [...args, ...more], {
    cwd: ROOT,
    env: environment({ GANRM_DATA_DIR: folder.path, GANRM_WEB: "0", ...variables }),
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
  return { child, ended: once(child, "exit") as Promise<[number | null, string | null]>, output: () => output };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test("npm run server serves without a worker of its own and keeps stacks to itself; Ctrl-C ends it with 0", async () => {
  const port = String(await freePort());
  const server = script("server", { DATABASE_URL: database.url, GANRM_PORT: port });
  await until(() => server.output().includes("is serving at") || server.child.exitCode !== null);
  const url = `http://127.0.0.1:${port}`;
  const nonsense = [
    fetch(`${url}/graphql`, { method: "POST", headers: { "content-type": "application/json" }, body: "{nonsense" }),
    fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ nothing }" }),
    }),
    fetch(`${url}/%ff`),
    fetch(`${url}/artifacts/%ff`),
    fetch(`${url}/nowhere`),
  ];
  for (const answer of await Promise.all(nonsense)) {
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(await answer.text()).not.toMatch(/node_modules|\bat .*\.ts|stack/i);
  }
  const tokens: { role: string }[] = await database.dataSource.query("select role from api_tokens");
  expect(tokens.map(({ role }) => role)).toEqual(["ADMIN"]);
  server.child.kill("SIGINT");
  expect(await server.ended).toEqual([0, null]);
});

test.each(["server", "worker"])("npm run %s is production from its first import on", (name) => {
  const entry = path.join(ROOT, scripts[name]?.match(/\S+main\.ts/)?.[0] ?? "");
  const [first] = readFileSync(entry, "utf8").match(/^import .*/m) ?? [];
  expect(first).toMatch(/^import "\.\.?\/production\.ts";$/);
});

test.each([
  [undefined, "production"],
  ["development", "development"],
])("NODE_ENV %s becomes %s", async (given, expected) => {
  const show = 'await import("./server/production.ts"); process.stdout.write(process.env.NODE_ENV)';
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", show], {
    cwd: ROOT,
    env: environment({ NODE_ENV: given }),
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  await once(child, "close");
  expect(output).toBe(expected);
});

test("a start that can't be says why in one line, without a stack", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const taken = String((holder.address() as { port: number }).port);
  const cases = [
    { variables: { GANRM_PORT: "many" }, code: 2, says: /^GANRM_PORT: / },
    { variables: {}, args: ["--workers", "many"], code: 2, says: /^GANRM_WORKERS: / },
    { variables: {}, args: ["--wrokers", "1"], code: 2, says: /--wrokers/ },
    { variables: { DATABASE_URL: database.url, GANRM_PORT: taken }, code: 1, says: /^Port \d+ is taken.*GANRM_PORT/ },
    { variables: { DATABASE_URL: "postgres://x@127.0.0.1:1/x" }, code: 1, says: /ECONNREFUSED/ },
  ];
  const runs = cases.map(({ variables, args = [] }) =>
    script("server", { LOG_LEVEL: "warn", ...variables } as Record<string, string>, ...args),
  );
  for (const [i, { code, says }] of cases.entries()) {
    expect([await runs[i]?.ended, runs[i]?.output()]).toEqual([[code, null], expect.stringMatching(says)]);
    expect(runs[i]?.output().trim().split("\n")).toHaveLength(1);
  }
  holder.close();
});
