import { createHash } from "node:crypto";
import { request } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ names: ["localhost", "127.0.0.1"] });
});
afterAll(() => server?.stop());

const CREATE = "mutation ($name: String!) { createPolicy(input: { name: $name }) { policy { id } } }";
const json = { "content-type": "application/json" };

/** A token of its own for each test, so that no test ends another's. */
let token: { id: string; secret: string };
beforeEach(async () => {
  const made = await server.services.auth.createToken({ name: "a member", role: Role.MEMBER });
  token = { id: made.token.id, secret: made.secret };
});

const signIn = (secret: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/auth/session`, {
    method: "POST",
    headers: { ...json, ...headers },
    body: JSON.stringify({ token: secret }),
  });
const cookieOf = (response: Response): string => response.headers.get("set-cookie")?.split(";")[0] ?? "";
const signedIn = async (): Promise<string> => cookieOf(await signIn(token.secret));

async function create(headers: Record<string, string>, name: string = crypto.randomUUID()) {
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { ...json, ...headers },
    body: JSON.stringify({ query: CREATE, variables: { name } }),
  });
  const body = (await response.json()) as { errors?: { extensions: { code: string } }[]; error?: { code: string } };
  return body.errors?.[0]?.extensions.code ?? body.error?.code ?? "created";
}

test("a session's cookie is out of reach of scripts and other sites, and Secure behind HTTPS", async () => {
  const flags = (response: Response) => response.headers.get("set-cookie")?.split("; ").slice(1) ?? [];
  expect(flags(await signIn(token.secret))).toEqual(expect.arrayContaining(["HttpOnly", "SameSite=Strict", "Path=/"]));
  const behindTls = await startTestServer({ https: true });
  try {
    const response = await fetch(`${behindTls.url}/auth/session`, {
      method: "POST",
      headers: json,
      body: JSON.stringify({ token: behindTls.tokens.MEMBER }),
    });
    expect(flags(response)).toEqual(expect.arrayContaining(["HttpOnly", "SameSite=Strict", "Secure"]));
  } finally {
    await behindTls.stop();
  }
});

test("neither tokens nor cookies can be read from the database", async () => {
  const cookie = await signedIn();
  const [{ rows }] = await server.db.query(
    `select (select json_agg(t) from api_tokens t)::text || (select json_agg(s) from sessions s)::text || (select json_agg(u) from users u)::text as rows`,
  );
  for (const secret of [token.secret.slice("ganrm_".length), cookie.split("=")[1] ?? ""]) {
    expect(secret.length).toBeGreaterThan(40);
    expect(rows).not.toContain(secret);
    expect(rows).not.toContain(Buffer.from(secret).toString("hex"));
  }
  expect(rows).toContain(createHash("sha256").update(token.secret).digest("hex"));
});

test("a revoked token and its sessions stop working at once", async () => {
  const cookie = await signedIn();
  const bearer = { authorization: `Bearer ${token.secret}` };
  expect([await create(bearer), await create({ cookie })]).toEqual(["created", "created"]);
  await server.ask("mutation ($id: ID!) { revokeToken(id: $id) { token { id } } }", { id: token.id });
  expect([await create(bearer), await create({ cookie })]).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED"]);
  expect((await signIn(token.secret)).status).toBe(401);
});

test("a session that has expired works no more", async () => {
  const cookie = await signedIn();
  await server.db.query("update sessions set expires_at = now() - interval '1 second' where token_id = $1", [token.id]);
  expect(await create({ cookie })).toBe("UNAUTHENTICATED");
});

test("a token that has expired works no more", async () => {
  await server.db.query("update api_tokens set expires_at = now() - interval '1 second' where id = $1", [token.id]);
  expect(await create({ authorization: `Bearer ${token.secret}` })).toBe("UNAUTHENTICATED");
});

test("signing out ends the session and leaves the token", async () => {
  const cookie = await signedIn();
  await fetch(`${server.url}/auth/session`, { method: "DELETE", headers: { cookie } });
  expect(await create({ cookie })).toBe("UNAUTHENTICATED");
  expect(await create({ authorization: `Bearer ${token.secret}` })).toBe("created");
});

test("the last use of a token is on record, through a session too", async () => {
  const lastUse = async () => {
    const { data } = await server.ask("{ apiTokens { id lastUsedAt } }");
    return data.apiTokens.find((one: { id: string }) => one.id === token.id).lastUsedAt;
  };
  expect(await lastUse()).toBeNull();
  const cookie = await signedIn();
  await server.db.query("update api_tokens set last_used_at = '2020-01-01' where id = $1", [token.id]);
  await create({ cookie });
  expect(Date.now() - Date.parse(await lastUse())).toBeLessThan(120_000);
});

test("a worker's token opens no session", async () => {
  expect((await signIn(server.tokens.WORKER)).status).toBe(401);
});

test.each([
  ["a form, which needs nobody's leave", { "content-type": "text/plain" }, "BAD_INPUT"],
  ["another site", { origin: "https://evil.example" }, "FORBIDDEN"],
  ["a sandboxed page", { origin: "null" }, "FORBIDDEN"],
  ["another site, as the browser says", { "sec-fetch-site": "cross-site" }, "FORBIDDEN"],
  ["another port of this machine", { "sec-fetch-site": "same-site", origin: "http://localhost:3000" }, "FORBIDDEN"],
  ["the dashboard", { "sec-fetch-site": "same-origin" }, "created"],
  [
    "the dashboard through a TLS proxy",
    { origin: "https://lab.example", "x-forwarded-host": "lab.example" },
    "created",
  ],
])("a signed-in browser is sent a change by %s", async (_from, headers, expected) => {
  const cookie = await signedIn();
  const before = await server.db.query("select count(*) from policies");
  expect(await create({ cookie, ...headers })).toBe(expected);
  const after = await server.db.query("select count(*) from policies");
  if (expected === "created") expect(after).not.toEqual(before);
  else expect(after).toEqual(before);
});

/** fetch sets Host itself, so this speaks HTTP by hand. */
function statusForHost(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${server.url}/healthz`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

test("a name made to point at this machine reaches nothing", async () => {
  expect(await statusForHost("localhost:4400")).toBe(200);
  expect(await statusForHost("evil.example:4400")).toBe(403);
  expect(await statusForHost("127.0.0.1.evil.example")).toBe(403);
});

test.each(["/graphql", "/auth/session", "/artifacts/abc", "/healthz", "/metrics", "/nothing/here"])(
  "%s answers with the security headers",
  async (path) => {
    const { headers } = await fetch(server.url + path);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-powered-by")).toBeNull();
  },
);

test("an error of ours goes out as a number, without its stack or its SQL", async () => {
  await server.db.query("alter table reference_results rename to gone");
  await server.db.query("alter table artifacts rename to gone_too");
  try {
    const { errors } = await server.ask("{ referenceResults { nodes { id } } }");
    expect(errors?.[0]?.extensions).toEqual({ code: "INTERNAL", field: null });
    const headers = { authorization: `Bearer ${token.secret}` };
    const route = await fetch(`${server.url}/artifacts/${"0".repeat(64)}`, { headers });
    expect(route.status).toBe(500);
    for (const text of [JSON.stringify(errors), await route.text()])
      expect(text).not.toMatch(/select|relation|reference_results|artifacts|node_modules|\.ts|at /);
  } finally {
    await server.db.query("alter table gone rename to reference_results");
    await server.db.query("alter table gone_too rename to artifacts");
  }
});

test("guessing tokens is slowed down", async () => {
  const guesses = [];
  for (let i = 0; i < 25; i++) guesses.push((await signIn(`ganrm_guess_number_${i}`)).status);
  expect(guesses[0]).toBe(401);
  expect(guesses.at(-1)).toBe(429);
});
