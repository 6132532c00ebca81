import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { environment, readConfig } from "../server/config.ts";
import { readWorkerConfig, workerEnvironment } from "../server/worker/config.ts";
import { startTestServer } from "./support/server.ts";

const read = (file: string) => readFileSync(path.resolve(import.meta.dirname, "..", file), "utf8");
const compose = read("docker-compose.yml");
/** What the import command reads beside GANRM_API_URL, a server's address. */
const OF_IMPORT = ["GANRM_TOKEN"];
const known = [...Object.keys(environment.shape), ...Object.keys(workerEnvironment.shape), ...OF_IMPORT];

test.each(["README.md", "Dockerfile", "docker-compose.yml"])("%s names no variable that nothing reads", (file) => {
  const named = [...new Set(read(file).match(/\b(GANRM_[A-Z0-9_]+|DATABASE_URL|LOG_LEVEL)\b/g))];
  expect(named.length).toBeGreaterThan(2);
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
});

/** The environment that docker-compose.yml gives a service, with a value for each variable that the operator must set. */
function environmentOf(service: string): Record<string, string> {
  const [, block = ""] = new RegExp(`^  ${service}:\\n((?: {4}.*\\n|\\n)+)`, "m").exec(compose) ?? [];
  const [, lines = ""] = /^ {4}environment:\n((?: {6}.*\n)+)/m.exec(block) ?? [];
  const variables = [...lines.matchAll(/^ {6}(\w+): "?(.*?)"?$/gm)].map(([, name = "", value = ""]) => {
    const chosen = value.replace(/\$\{\w+:\?[^}]*\}/g, "chosen-by-the-operator").replace(/\$\{\w+:-([^}]*)\}/g, "$1");
    return [name, chosen];
  });
  return Object.fromEntries(variables);
}

test("the server of docker-compose.yml starts on its variables, and its worker with the token it knows", () => {
  const server = readConfig(environmentOf("server"));
  expect(server).toMatchObject({ host: "0.0.0.0", port: 4400, names: undefined, https: false, dataDirectory: "/data" });
  expect(server.databaseUrl).toMatch(/^postgres:\/\/ganrm:.+@postgres:5432\/ganrm$/);
  expect(server.s3).toMatchObject({ bucket: "artifacts", endpoint: "http://store:9000", accessKeyId: "ganrm" });
  const worker = readWorkerConfig(environmentOf("worker"));
  expect(worker).toMatchObject({ url: `http://server:${server.port}`, token: server.workerToken });
  expect(Object.keys(environmentOf("worker")).sort()).toEqual(["GANRM_API_URL", "GANRM_WORKER_TOKEN"]);
});

test("the path that its health check asks answers", async () => {
  const [, checked] = /http:\/\/127\.0\.0\.1:4400(\/\w+)/.exec(compose) ?? [];
  const server = await startTestServer();
  try {
    expect((await fetch(`${server.url}${checked}`)).status).toBe(200);
  } finally {
    await server.stop();
  }
});

test("a server listens on this machine alone unless told otherwise, and then goes by any name", () => {
  expect(readConfig({})).toMatchObject({ host: "127.0.0.1", names: ["localhost", "127.0.0.1", "[::1]"] });
  expect(readConfig({ GANRM_HOST: "0.0.0.0" }).names).toBeUndefined();
  expect(readConfig({ GANRM_ALLOWED_HOSTS: "Lab.example, lab" }).names).toEqual(
    expect.arrayContaining(["localhost", "lab.example", "lab"]),
  );
});

test.each([
  ["GANRM_PORT", { GANRM_PORT: "70000" }],
  ["GANRM_WEB", { GANRM_WEB: "yes" }],
  ["GANRM_ADMIN_TOKEN", { GANRM_ADMIN_TOKEN: "short" }],
  ["GANRM_S3_ENDPOINT", { GANRM_S3_ENDPOINT: "store" }],
])("a wrong %s stops the start with its name", (name, wrong) => {
  expect(() => readConfig(wrong)).toThrow(new RegExp(`^${name}: `));
});

test("a worker without a server or token is told which variable it lacks", () => {
  expect(() => readWorkerConfig({})).toThrow("GANRM_API_URL: must be the API's URL");
  expect(() => readWorkerConfig({ GANRM_API_URL: "http://localhost:4400" })).toThrow(
    "GANRM_WORKER_TOKEN: must be a token",
  );
});
