import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import { getMetadataStorage } from "type-graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSchema } from "../../server/schema.ts";
import { Role } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { subscriberOf } from "../support/subscriber.ts";
import { trainableRound } from "./trainable-round.ts";

let server: TestServer;
/** What a volunteer holds: it opens a ballot and nothing else. */
const VOLUNTEER = "a-volunteers-token";
/** What the visitor of a share link holds: it opens the link's own routes and nothing else. */
let visitor: string;
beforeAll(async () => {
  server = await startTestServer();
  await server.db.query(
    `with p as (insert into prompt_sets (name) values ('asked about') returning id),
     s as (insert into studies (name, prompt_set_id, question, seed, votes_per_item, allow_ties, allow_cannot_judge, adaptive, practice,
       attention_checks, repeats, min_response_ms, attention_failures, keep_panel_ids)
       select 'study', id, 'Which?', 0, 1, false, false, false, false, 0, 0, 0, 0, false from p returning id)
     insert into study_participants (study_id, number, source, token_hash) select id, 1, 'INVITE', sha256($1) from s`,
    [Buffer.from(VOLUNTEER)],
  );
  const { data } = await server.ask("query ($id: ID!) { round(id: $id) { experiment { id } } }", {
    id: await trainableRound(server, 2),
  });
  const { token } = await server.services.shareLinks.create(
    { experimentId: data.round.experiment.id, name: "x" },
    "me",
  );
  visitor = token;
});
afterAll(() => server?.stop());

const schema = createSchema();

/** Whom an operation is for, where it is not "members change and everybody but workers reads". */
const FOR: Record<string, Role[]> = {
  apiTokens: [Role.ADMIN],
  createToken: [Role.ADMIN],
  revokeToken: [Role.ADMIN],
  collectArtifacts: [Role.ADMIN],
  shareLinks: [Role.ADMIN, Role.MEMBER],
  leaseJob: [Role.ADMIN, Role.WORKER],
  heartbeat: [Role.ADMIN, Role.WORKER],
  finishJob: [Role.ADMIN, Role.WORKER],
  registerFeatures: [Role.ADMIN, Role.WORKER],
  ablationGroup: [Role.ADMIN, Role.WORKER],
  recordAblationCell: [Role.ADMIN, Role.WORKER],
  registerRewardTrainingRun: [Role.ADMIN, Role.WORKER],
  logSamples: [Role.ADMIN, Role.MEMBER, Role.WORKER],
  logScores: [Role.ADMIN, Role.MEMBER, Role.WORKER],
  logSampleMetrics: [Role.ADMIN, Role.MEMBER, Role.WORKER],
  logMetrics: [Role.ADMIN, Role.MEMBER, Role.WORKER],
  // What jobs are made of.
  viewer: [Role.ADMIN, Role.MEMBER, Role.VIEWER, Role.WORKER],
  round: [Role.ADMIN, Role.MEMBER, Role.VIEWER, Role.WORKER],
  policy: [Role.ADMIN, Role.MEMBER, Role.VIEWER, Role.WORKER],
  featureRows: [Role.ADMIN, Role.MEMBER, Role.VIEWER, Role.WORKER],
  rewardModel: [Role.ADMIN, Role.MEMBER, Role.VIEWER, Role.WORKER],
  rewardTrainingRun: [Role.ADMIN, Role.MEMBER, Role.VIEWER, Role.WORKER],
};
const READERS = [Role.ADMIN, Role.MEMBER, Role.VIEWER];
const WRITERS = [Role.ADMIN, Role.MEMBER];

/** Some value of an input type, well formed but of no object that exists. */
function someValue(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return someValue(type.ofType);
  if (isListType(type)) return [someValue(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
    return Object.fromEntries(required.map((field) => [field.name, someValue(field.type)]));
  }
  return (
    { Int: 1, SafeInt: 1, Float: 1, Boolean: true, JSONObject: {} }[type.name] ?? "01900000-0000-7000-8000-000000000000"
  );
}

interface Operation {
  name: string;
  query: string;
  variables: Record<string, unknown>;
  roles: Role[];
}

function operations(
  kind: "query" | "mutation" | "subscription",
  fields: Record<string, GraphQLField<unknown, unknown>>,
): Operation[] {
  return Object.values(fields).map(({ name, args, type }) => {
    const required = args.filter((arg) => isNonNullType(arg.type));
    const declared = required.map((arg) => `$${arg.name}: ${arg.type}`).join(", ");
    const passed = required.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
    const selection = isCompositeType(getNamedType(type)) ? "{ __typename }" : "";
    return {
      name,
      query: `${kind} ${declared && `(${declared})`} { ${name}${passed && `(${passed})`} ${selection} }`,
      variables: Object.fromEntries(required.map((arg) => [arg.name, someValue(arg.type)])),
      roles: FOR[name] ?? (kind === "mutation" ? WRITERS : READERS),
    };
  });
}

const all = [
  ...operations("query", schema.getQueryType()?.getFields() ?? {}),
  ...operations("mutation", schema.getMutationType()?.getFields() ?? {}),
];

test("the table names no operation that is gone", () => {
  const names = new Set(all.map((operation) => operation.name));
  expect(Object.keys(FOR).filter((name) => !names.has(name))).toEqual([]);
  expect(all.length).toBeGreaterThan(30);
});

test.each(all)("$name is open to $roles and to nobody else", async ({ query, variables, roles }) => {
  const codes: Record<string, string | undefined> = {};
  for (const role of [null, ...Object.values(Role)])
    codes[role ?? "nobody"] = (await server.ask(query, variables, role)).errors?.[0]?.extensions.code;
  expect(codes.nobody).toBe("UNAUTHENTICATED");
  for (const role of Object.values(Role))
    if (roles.includes(role)) expect([role, codes[role]]).not.toContain("FORBIDDEN");
    else expect([role, codes[role]]).toEqual([role, "FORBIDDEN"]);
});

test("a volunteer's token opens a ballot", async () => {
  const answer = await fetch(`${server.url}/ballots/current`, { headers: { authorization: `Ballot ${VOLUNTEER}` } });
  expect([answer.status, (await answer.json()).state]).toEqual([200, "NOT_OPEN"]);
});

/** Every way to send what a volunteer or a visitor holds. */
const outsiders = (): Record<string, string>[] => [
  { authorization: `Ballot ${VOLUNTEER}` },
  ...[VOLUNTEER, visitor].flatMap((token): Record<string, string>[] => [
    { authorization: `Bearer ${token}` },
    { cookie: `ganrm_session=${encodeURIComponent(token)}` },
    { cookie: `ganrm_share=${encodeURIComponent(token)}` },
  ]),
];

test.each(all)(
  "$name is closed to volunteers and visitors, however they send their token",
  async ({ query, variables }) => {
    for (const headers of outsiders()) {
      const answer = await fetch(`${server.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ query, variables }),
      });
      expect((await answer.json()).errors?.[0]?.extensions.code).toBe("UNAUTHENTICATED");
    }
  },
);

test("artifacts, exports and telemetry are closed to volunteers and visitors", async () => {
  for (const path of [`/artifacts/${"0".repeat(64)}`, "/exports/rounds/x/metrics.csv", "/metrics"])
    for (const headers of outsiders())
      expect([path, (await fetch(server.url + path, { headers })).status]).toEqual([path, 401]);
});

const subscriptions = operations("subscription", schema.getSubscriptionType()?.getFields() ?? {});

/** Refusals come in milliseconds. */
const SOON_MS = 1_000;

/** What is said to a subscription of an object that does not exist: a code, how the connection was closed, or "waits" for events. */
async function answerTo({ query, variables }: Operation, credentials: Parameters<typeof subscriberOf>[1]) {
  const subscriber = subscriberOf(server.url, credentials);
  try {
    return await subscriber
      .subscribe(query, variables)
      .next(() => true, SOON_MS)
      .then(
        ({ errors }) => errors?.[0]?.extensions.code ?? "an event",
        ({ message }: Error) => (message.startsWith("no event within") ? "waits" : message),
      );
  } finally {
    await subscriber.close();
  }
}

test.each(subscriptions)(
  "$name is open to $roles and to nobody else, volunteers and visitors among them",
  async (operation) => {
    const { roles } = operation;
    const answers = await Promise.all(
      Object.values(Role).map(async (role) => ({
        role,
        answer: await answerTo(operation, { token: server.tokens[role] }),
      })),
    );
    for (const { role, answer } of answers)
      if (roles.includes(role))
        expect({ role, let: ["waits", "NOT_FOUND"].includes(answer) }).toEqual({ role, let: true });
      else expect({ role, answer }).toEqual({ role, answer: "FORBIDDEN" });
    for (const credentials of [
      {},
      { token: VOLUNTEER },
      { token: visitor },
      ...outsiders().map((headers) => ({ headers })),
    ])
      expect(await answerTo(operation, credentials)).toBe("closed with 4401");
  },
);

test("every query, mutation and subscription says who may use it", () => {
  const { queries, mutations, subscriptions } = getMetadataStorage();
  const open = [...queries, ...mutations, ...subscriptions].filter((operation) => !operation.roles?.length);
  expect(open.map((operation) => operation.methodName)).toEqual([]);
});

test("artifacts are read with any token and written by members and workers only", async () => {
  const anyHash = "0".repeat(64);
  const statusOf = async (path: string, role: Role | null, method = "GET") => {
    const headers: Record<string, string> = { "x-artifact-kind": "IMAGE" };
    if (role) headers.authorization = `Bearer ${server.tokens[role]}`;
    return (await fetch(server.url + path, { method, headers })).status;
  };
  const everybody = [null, Role.WORKER, Role.VIEWER, Role.MEMBER, Role.ADMIN];
  const ask = (path: string, method?: string) => Promise.all(everybody.map((role) => statusOf(path, role, method)));
  expect(await ask(`/artifacts/${anyHash}`)).toEqual([401, 404, 404, 404, 404]);
  expect(await ask(`/artifacts/${anyHash}/thumbnail/160`)).toEqual([401, 403, 404, 404, 404]);
  expect(await ask(`/artifacts/${anyHash}/frames/160`)).toEqual([401, 403, 404, 404, 404]);
  expect(await ask("/artifacts", "POST")).toEqual([401, 422, 403, 422, 422]);
});
