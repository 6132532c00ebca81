import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { plainPng } from "../api/open-experiment.ts";
import { type LabProcess, labFolder, startLabProcess } from "../support/lab-process.ts";

const folder = labFolder();
let lab: LabProcess | undefined;
afterAll(async () => {
  await lab?.stop();
  folder.remove();
});

/** Whether anybody listens there. */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
  });
}

/** Uses every secret in every way, and makes what fails loudly fail. @returns all secrets */
async function useSecrets({ url, ask, upload, adminToken }: LabProcess): Promise<string[]> {
  const { data } = await ask('mutation { createToken(input: { name: "x", role: MEMBER }) { secret token { id } } }');
  const { secret, token } = data.createToken;
  const session = (token: string, path = "/auth/session") =>
    fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
    });
  const signedIn = await session(secret);
  expect(signedIn.status).toBe(204);
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  expect((await upload(await plainPng(1))).status).toBe(201);
  const wrong = `ganrm_${randomBytes(32).toString("base64url")}`;
  for (const path of ["/auth/session", "/nothing/here"]) await session(wrong, path);
  await fetch(`${url}/graphql?query={broken&token=${wrong}`, { headers: { cookie } });
  await fetch(`${url}/graphql`, { method: "POST", headers: { cookie, "content-type": "application/json" }, body: "{" });
  await ask("mutation ($id: ID!) { revokeToken(id: $id) { token { id } } }", { id: token.id });
  return [adminToken, secret, wrong, cookie.split("=")[1] ?? ""];
}

test("no secret is written out, whoever uses it, and nobody outside this machine can connect", {
  timeout: 90_000,
}, async () => {
  const chosen = randomBytes(20).toString("hex");
  const environment = { GANRM_ADMIN_TOKEN: chosen, LOG_LEVEL: "trace", GANRM_WORKERS: "1" };
  lab = await startLabProcess(folder.path, environment);
  const secrets = await useSecrets(lab);
  expect(secrets).toContain(chosen);
  const outside = Object.values(networkInterfaces())
    .flat()
    .filter((address) => address && !address.internal && address.family === "IPv4");
  const { port } = new URL(lab.url);
  expect(await answers("127.0.0.1", Number(port))).toBe(true);
  for (const address of outside) expect(await answers(address?.address ?? "", Number(port))).toBe(false);
  await lab.stop();
  expect(lab.output()).toContain("/sign-in");
  expect(secrets.filter((secret) => lab?.output().includes(secret))).toEqual([]);

  // Started again without a chosen token the lab has one of its own, which the sign-in link carries.
  const { GANRM_ADMIN_TOKEN: _, ...without } = environment;
  lab = await startLabProcess(folder.path, without);
  expect(lab.adminToken).not.toBe(chosen);
  expect(lab.output().split(lab.adminToken).length).toBe(2);
  for (const file of ["admin-token", "worker-token"])
    expect(statSync(join(folder.path, file)).mode & 0o777).toBe(0o600);
});

test("local workers have one token per installation: a start takes it up and no other is left", {
  timeout: 90_000,
}, async () => {
  const workers = async () => {
    const { data } = await (lab as LabProcess).ask("{ apiTokens { id role revokedAt lastUsedAt } }");
    return data.apiTokens.filter((token: { role: string; revokedAt: string | null }) => token.role === "WORKER");
  };
  lab ??= await startLabProcess(folder.path, { GANRM_WORKERS: "1" });
  const before = await workers();
  await lab.kill();
  lab = await startLabProcess(folder.path, { GANRM_WORKERS: "1" });
  for (let i = 0; i < 100 && !(await workers())[0]?.lastUsedAt; i++) await sleep(100);
  const after = await workers();
  expect(after).toHaveLength(1);
  expect(after[0]).toMatchObject({ id: before[0].id, revokedAt: null, lastUsedAt: expect.any(String) });
});
