import { randomUUID } from "node:crypto";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VoteChoice } from "../../shared/enums.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { Volunteer } from "../support/volunteer.ts";
import { type ComparedRounds, comparedRounds, SECRET_WORDS } from "./compared-rounds.ts";

const PROMPTS = 12;
let server: TestServer;
let rounds: ComparedRounds;
beforeAll(async () => {
  server = await startTestServer();
  rounds = await comparedRounds(server, PROMPTS + 1);
});
afterAll(() => server?.stop());

async function mutate(name: string, variables: Record<string, unknown>, answer: string, type = "ID!") {
  const declared = Object.keys(variables).map((key) => `$${key}: ${key === "input" ? type : "ID!"}`);
  const passed = Object.keys(variables).map((key) => `${key}: $${key}`);
  const { data, errors } = await server.ask(`mutation (${declared}) { ${name}(${passed}) { ${answer} } }`, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data[name];
}

/** An open study of the two rounds' first prompts, with an open link. */
async function openStudy(changes: object = {}): Promise<{ id: string; link: string }> {
  const arms = rounds.roundIds.map((roundId, i) => ({ name: `${SECRET_WORDS} arm ${i}`, roundId }));
  const promptPositions = Array.from({ length: PROMPTS }, (_, i) => i);
  const input = { name: `${SECRET_WORDS} ${randomUUID()}`, arms, promptPositions, votesPerItem: 20, ...changes };
  const { study } = await mutate("createStudy", { input }, "study { id }", "StudyInput!");
  await mutate("openStudy", { id: study.id }, "study { id }");
  const { token } = await mutate("createStudyLink", { id: study.id }, "token");
  return { id: study.id, link: token };
}

const votesOf = (studyId: string) =>
  server.db.query(
    `select p.number, i.position as item, a.kind, a.flipped, v.choice, v.revision from study_votes v
     join study_assignments a on a.id = v.assignment_id join study_items i on i.id = a.item_id
     join study_participants p on p.id = a.participant_id where i.study_id = $1 order by p.number, a.position`,
    [studyId],
  );

describe("a volunteer", () => {
  test("joins by the link, agrees, practises, judges every pair once and is thanked with the code", async () => {
    const { id, link } = await openStudy({
      completionCode: "C-1234",
      redirectUrl: "https://app.prolific.com/submissions/complete?cc=C-1234",
    });
    expect((await new Volunteer(server.url, link).open()).body).toMatchObject({ link: true, state: "INVITED" });
    const volunteer = await Volunteer.join(server.url, link);
    expect((await volunteer.open()).body).toEqual({
      question: "Which image do you prefer?",
      instructions: "",
      ...{
        allowTies: false,
        allowCannotJudge: false,
        practice: true,
        keepsPanelIds: false,
        link: false,
        preview: false,
      },
      ...{ state: "INVITED", pairs: PROMPTS },
    });
    expect((await volunteer.items()).body.error?.code).toBe("STUDY_NOT_OPEN");
    const first = await volunteer.consent();
    expect(first.body).toMatchObject({ voted: 0, total: PROMPTS + 1, finished: false, completionCode: null });
    expect(first.body.items.map(({ practice }) => practice)).toEqual([true, ...Array(7).fill(false)]);
    expect(await volunteer.voteAll(() => VoteChoice.RIGHT)).toBe(PROMPTS + 1);
    expect((await volunteer.items()).body).toMatchObject({
      ...{ items: [], voted: PROMPTS + 1, total: PROMPTS + 1, finished: true, completionCode: "C-1234" },
      redirectUrl: "https://app.prolific.com/submissions/complete?cc=C-1234",
    });
    expect((await volunteer.open()).body.state).toBe("FINISHED");
    const votes: { kind: string; item: number }[] = await votesOf(id);
    expect(votes.length).toBe(PROMPTS + 1);
    expect(new Set(votes.filter(({ kind }) => kind === "VOTE").map(({ item }) => item)).size).toBe(PROMPTS);
  });

  test("sees each image on the side that its vote is counted for", async () => {
    const { id, link } = await openStudy();
    const volunteer = await Volunteer.join(server.url, link);
    const original = async (sha256: string) => {
      const answer = await fetch(`${server.url}/artifacts/${sha256}`, {
        headers: { authorization: `Bearer ${server.tokens.VIEWER}` },
      });
      return sharp(Buffer.from(await answer.arrayBuffer()))
        .raw()
        .toBuffer();
    };
    const pixels = new Map<string, number>();
    for (const [arm, hashes] of rounds.artifacts.entries())
      for (const sha256 of hashes) pixels.set((await original(sha256)).toString("base64"), arm);
    await volunteer.voteAll(async (item) => {
      const answer = await fetch(server.url + item.left);
      const left = await sharp(Buffer.from(await answer.arrayBuffer()))
        .raw()
        .toBuffer();
      return pixels.get(left.toString("base64")) === 1 ? VoteChoice.LEFT : VoteChoice.RIGHT;
    });
    const votes: { flipped: boolean; choice: string }[] = await votesOf(id);
    expect(votes.length).toBe(PROMPTS + 1);
    // Arm 1 was always chosen: it is on the left exactly where the pair is flipped.
    expect(votes.filter(({ flipped, choice }) => (choice === "LEFT") !== flipped)).toEqual([]);
    expect(new Set(votes.map(({ flipped }) => flipped)).size).toBe(2);
  });

  test("may change the latest vote and no earlier one; every submission stays in the history", async () => {
    const { id, link } = await openStudy({ practice: false });
    const volunteer = await Volunteer.join(server.url, link);
    const [first, second] = (await volunteer.consent()).body.items;
    if (!first || !second) throw new Error("no items");
    await volunteer.vote(first.key, VoteChoice.LEFT);
    await volunteer.vote(first.key, VoteChoice.RIGHT);
    expect((await volunteer.items()).body.last).toEqual({ item: first, choice: "RIGHT" });
    await volunteer.vote(second.key, VoteChoice.LEFT);
    expect((await volunteer.vote(first.key, VoteChoice.LEFT)).body.results[0]?.code).toBe("CONFLICT");
    expect(
      (await votesOf(id)).map((vote: { choice: string; revision: number }) => [vote.choice, vote.revision]),
    ).toEqual([
      ["RIGHT", 2],
      ["LEFT", 1],
    ]);
    const history = await server.db.query(
      `select e.choice from study_vote_events e join study_assignments a on a.id = e.assignment_id where a.key = $1 order by received_at`,
      [first.key],
    );
    expect(history.map((event: { choice: string }) => event.choice)).toEqual(["LEFT", "RIGHT"]);
  });

  test("takes the latest vote back: it counts nowhere, its pair is asked again, and both stay in the history", async () => {
    const { id, link } = await openStudy({ practice: false, itemsPerParticipant: 3, completionCode: "C-1" });
    const volunteer = await Volunteer.join(server.url, link);
    const [first, second, third] = (await volunteer.consent()).body.items.map((item) => item.key) as [
      string,
      string,
      string,
    ];
    const code = async (...vote: Parameters<Volunteer["vote"]>) =>
      (await volunteer.vote(...vote)).body.results[0]?.code;
    const [cast, undone] = [randomUUID(), randomUUID()];
    await volunteer.vote(first, VoteChoice.LEFT);
    await volunteer.vote(second, VoteChoice.LEFT, { key: cast });
    expect(await code(first, null)).toBe("CONFLICT");
    expect(await code(second, null, { key: undone })).toBe(null);
    // What is sent again, in whatever order, changes nothing.
    expect(await code(second, VoteChoice.LEFT, { key: cast })).toBe(null);
    expect(await code(second, null)).toBe(null);
    const { voted, items, last } = (await volunteer.items()).body;
    expect([voted, items.map(({ key }) => key), last?.item.key]).toEqual([1, [second, third], first]);
    const counted = await server.ask(
      "query ($id: ID!) { study(id: $id) { progress { votes } analysis(exclusions: false) { votes } } }",
      { id },
    );
    expect(counted.data.study).toEqual({ progress: { votes: 1 }, analysis: { votes: 1 } });
    await volunteer.vote(second, VoteChoice.RIGHT);
    expect(await code(second, null, { key: undone })).toBe(null);
    await volunteer.vote(third, VoteChoice.LEFT);
    expect((await volunteer.items()).body).toMatchObject({ finished: true, completionCode: "C-1" });
    // The last one, taken back on another device after the end: they have not finished any more.
    await volunteer.vote(third, null);
    expect((await volunteer.open()).body.state).toBe("VOTING");
    expect((await volunteer.items()).body).toMatchObject({ finished: false, voted: 2, completionCode: null });
    const votes: { choice: string; revision: number }[] = await votesOf(id);
    expect(votes.map(({ choice, revision }) => [choice, revision])).toEqual([
      ["LEFT", 1],
      ["RIGHT", 2],
    ]);
    const history: { choice: string | null }[] = await server.db.query(
      `select e.choice from study_vote_events e join study_assignments a on a.id = e.assignment_id where a.key = $1 order by received_at`,
      [second],
    );
    expect(history.map(({ choice }) => choice)).toEqual(["LEFT", null, "RIGHT"]);
  });

  test("goes on with the same link on another device, in the same order", async () => {
    const { link } = await openStudy({ practice: false });
    const phone = await Volunteer.join(server.url, link);
    const { items } = (await phone.consent()).body;
    await phone.vote(items[0]?.key ?? "");
    const laptop = new Volunteer(server.url, phone.token);
    const resumed = (await laptop.consent()).body;
    expect(resumed.voted).toBe(1);
    expect(resumed.items.slice(0, 7)).toEqual(items.slice(1));
  });

  test("who withdraws is forgotten with all votes, and the link opens nothing", async () => {
    const { id, link } = await openStudy();
    const volunteer = await Volunteer.join(server.url, link);
    await volunteer.voteAll(() => VoteChoice.LEFT, 5);
    const [item] = (await volunteer.items()).body.items;
    expect((await volunteer.withdraw()).status).toBe(204);
    expect(await votesOf(id)).toEqual([]);
    expect((await volunteer.open()).body.error?.code).toBe("NOT_FOUND");
    expect((await fetch(server.url + item?.left)).status).toBe(404);
  });
});

describe("every vote is stored exactly once", () => {
  test("double clicks and replays at the same time", async () => {
    const { id, link } = await openStudy({ practice: false });
    const volunteer = await Volunteer.join(server.url, link);
    const { items } = (await volunteer.consent()).body;
    for (const item of items.slice(0, 4)) {
      const key = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => volunteer.vote(item.key, VoteChoice.LEFT, { key })),
      );
      expect(answers.map(({ body }) => body.results[0]?.code)).toEqual(Array(8).fill(null));
    }
    expect((await votesOf(id)).map((vote: { revision: number }) => vote.revision)).toEqual([1, 1, 1, 1]);
  });

  test("a replay of an early vote after later ones changes nothing and is no error", async () => {
    const { id, link } = await openStudy({ practice: false });
    const volunteer = await Volunteer.join(server.url, link);
    const { items } = (await volunteer.consent()).body;
    const key = randomUUID();
    await volunteer.vote(items[0]?.key ?? "", VoteChoice.LEFT, { key });
    await volunteer.vote(items[1]?.key ?? "", VoteChoice.LEFT);
    const before = await votesOf(id);
    expect((await volunteer.vote(items[0]?.key ?? "", VoteChoice.LEFT, { key })).body.results[0]?.code).toBe(null);
    expect(await votesOf(id)).toEqual(before);
  });

  test("two devices at once: each pair has one vote", async () => {
    const { id, link } = await openStudy();
    const phone = await Volunteer.join(server.url, link);
    const laptop = new Volunteer(server.url, phone.token);
    const outcome = (device: Volunteer) => device.voteAll(() => VoteChoice.LEFT).catch((error: Error) => error.message);
    await Promise.all([outcome(phone), outcome(laptop)]);
    await phone.voteAll(() => VoteChoice.LEFT);
    const votes: { item: number }[] = await votesOf(id);
    expect(votes.length).toBe(PROMPTS + 1);
    expect(new Set(votes.map(({ item }) => item)).size).toBe(PROMPTS + 1);
  });

  test("many at once: every pair has its votes and no more, sides are even", async () => {
    const { id, link } = await openStudy({ practice: false, votesPerItem: 5 });
    const crowd = await Promise.all(Array.from({ length: 9 }, () => Volunteer.join(server.url, link)));
    // Sixty votes are wanted and eight pairs are promised at a time, so who agrees last may find nothing left.
    const unlessFull = (error: Error) => expect(error.message).toContain("all the answers it needs");
    await Promise.all(
      crowd.map((one, i) => one.voteAll(() => VoteChoice.LEFT, i % 3 === 0 ? 3 : 100).catch(unlessFull)),
    );
    // Those who left hold pairs that go to others half an hour later.
    await server.db.query("update study_assignments set assigned_at = now() - interval '31 minutes'");
    const another = async () => (await Volunteer.join(server.url, link)).voteAll(() => VoteChoice.LEFT);
    for (let i = 0; i < 3; i++) await another().catch(unlessFull);
    const votes: { item: number }[] = await votesOf(id);
    const counts = [...Map.groupBy(votes, ({ item }) => item).values()].map((of) => of.length);
    expect(counts).toEqual(Array(PROMPTS).fill(5));
  });
});

describe("what is refused", () => {
  test("a choice that is not offered, an unknown pair, another's pair, a vote after the end", async () => {
    const { id, link } = await openStudy({ practice: false });
    const volunteer = await Volunteer.join(server.url, link);
    const other = await Volunteer.join(server.url, link);
    const item = (await volunteer.consent()).body.items[0]?.key ?? "";
    const theirs = (await other.consent()).body.items[0]?.key ?? "";
    const code = async (of: string, choice?: VoteChoice) => (await volunteer.vote(of, choice)).body.results[0]?.code;
    expect(await code(item, VoteChoice.TIE)).toBe("BAD_INPUT");
    expect(await code(item, VoteChoice.CANNOT_JUDGE)).toBe("BAD_INPUT");
    expect(await code("abc")).toBe("NOT_FOUND");
    expect(await code(theirs)).toBe("NOT_FOUND");
    await mutate("closeStudy", { id }, "study { id }");
    expect(await code(item)).toBe("STUDY_NOT_OPEN");
    expect((await volunteer.open()).body.state).toBe("CLOSED");
    expect(await votesOf(id)).toEqual([]);
    await expect(Volunteer.join(server.url, link)).rejects.toThrow(/409.*STUDY_NOT_OPEN/);
  });

  test.each([false, true])(
    "who comes when every pair has its votes is told so, before agreeing and after, without a code, and finishes nothing (adaptive: %s)",
    async (adaptive) => {
      const [before = "", after = ""] = rounds.roundIds;
      const arms = [before, after, ...(adaptive ? [before] : [])].map((roundId, i) => ({ name: `arm ${i}`, roundId }));
      const { id, link } = await openStudy({
        ...{
          arms,
          adaptive,
          promptPositions: [0, 1, 2],
          votesPerItem: 1,
          completionCode: "C-9",
          targetParticipants: 40,
        },
      });
      const early = await Volunteer.join(server.url, link);
      const { invites } = await mutate(
        "inviteParticipants",
        { input: { studyId: id, count: 1 } },
        "invites { token }",
        "InviteParticipantsInput!",
      );
      const invited = new Volunteer(server.url, invites[0].token);
      expect((await invited.open()).body.state).toBe("INVITED");
      await (await Volunteer.join(server.url, link)).voteAll(() => VoteChoice.LEFT);
      const full = "This study has all the answers it needs";
      await expect(Volunteer.join(server.url, link)).rejects.toThrow(full);
      expect((await new Volunteer(server.url, link).open()).body.state).toBe("FULL");
      for (const one of [early, invited]) {
        expect((await one.open()).body.state).toBe("FULL");
        const { status, body } = await one.consent();
        expect([status, body.error?.code]).toEqual([409, "STUDY_NOT_OPEN"]);
        expect(body.error?.message).toContain(full);
        expect(JSON.stringify(body)).not.toContain("C-9");
      }
      const { data } = await server.ask("query ($id: ID!) { study(id: $id) { progress { joined finished } } }", { id });
      expect(data.study.progress).toEqual({ joined: 1, finished: 1 });
      // A member of the lab still sees what there was to see.
      const { token } = await mutate("previewStudy", { id }, "token");
      expect((await new Volunteer(server.url, token).consent()).body.items.length).toBeGreaterThan(1);
    },
  );

  test("a full study, a link that was made anew, a revoked participant", async () => {
    const { id, link } = await openStudy({ targetParticipants: 1, itemsPerParticipant: 2 });
    const volunteer = await Volunteer.join(server.url, link);
    await volunteer.voteAll(() => VoteChoice.LEFT);
    await expect(Volunteer.join(server.url, link)).rejects.toThrow(/all the answers it needs/);
    await mutate("createStudyLink", { id }, "token");
    await expect(Volunteer.join(server.url, link)).rejects.toThrow(/NOT_FOUND/);
    const participant = (await server.db.query("select id from study_participants where study_id = $1", [id]))[0];
    await mutate("revokeParticipant", { id: participant.id }, "participant { id revokedAt }");
    expect((await volunteer.open()).status).toBe(404);
    expect((await votesOf(id)).length).toBe(3);
  });

  test("what is no vote, in words that name the field", async () => {
    const { link } = await openStudy();
    const volunteer = await Volunteer.join(server.url, link);
    const vote = { key: randomUUID(), item: "a", choice: "LEFT", responseMs: 10 };
    for (const [field, votes] of [
      ["votes", []],
      ["votes[0].key", [{ ...vote, key: "1" }]],
      ["votes[0].choice", [{ ...vote, choice: "BOTH" }]],
      ["votes[0].responseMs", [{ ...vote, responseMs: -1 }]],
    ] as const)
      expect((await volunteer.ask("POST", "current/votes", { votes })).body.error).toMatchObject({
        code: "BAD_INPUT",
        field,
      });
    expect((await new Volunteer(server.url, "").open()).status).toBe(401);
  });
});

test("a panel's ids are kept only where the study says so", async () => {
  const panel = { PROLIFIC_PID: "p1", STUDY_ID: "s1", SESSION_ID: "x1" };
  for (const keepPanelIds of [false, true]) {
    const { id, link } = await openStudy({ keepPanelIds });
    const volunteer = await Volunteer.join(server.url, link, panel);
    expect((await volunteer.open()).body.keepsPanelIds).toBe(keepPanelIds);
    const [row] = await server.db.query("select panel from study_participants where study_id = $1", [id]);
    expect(row.panel).toEqual(keepPanelIds ? panel : null);
  }
});

test("nothing that a volunteer receives tells where an image comes from", async () => {
  const { link } = await openStudy({ completionCode: "C-1", attentionChecks: 1, repeats: 1 });
  const received: Buffer[] = [];
  const keep = async (answer: Response) => {
    received.push(Buffer.from([...answer.headers.values()].join("\n")), Buffer.from(await answer.arrayBuffer()));
  };
  const volunteer = await Volunteer.join(server.url, link);
  const ask = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Ballot ${volunteer.token}`, "content-type": "application/json" };
    await keep(await fetch(`${server.url}/ballots/${path}`, { method, headers, body: body && JSON.stringify(body) }));
  };
  await ask("GET", "current");
  await ask("POST", "current/consent");
  const keys = new Set<string>();
  await volunteer.voteAll(async (item) => {
    keys.add(item.key);
    await ask("POST", "current/items");
    const vote = { key: randomUUID(), item: item.key, choice: "LEFT", responseMs: 900 };
    await ask("POST", "current/votes", { votes: [vote] });
    for (const side of [item.left, item.right]) await keep(await fetch(server.url + side));
    return VoteChoice.LEFT;
  });
  await ask("POST", "current/items");
  expect(keys.size).toBe(PROMPTS + 3);
  const all = Buffer.concat(received).toString("latin1");
  const ids: { id: string }[] = await server.db.query(
    [
      "studies",
      "study_arms",
      "study_items",
      "study_assignments",
      "study_participants",
      "samples",
      "rounds",
      "policies",
      "prompts",
    ]
      .map((table) => `select id::text from ${table}`)
      .join(" union all "),
  );
  const secrets = [...ids.map((row) => row.id), ...rounds.artifacts.flat(), SECRET_WORDS];
  expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
  expect(all).not.toMatch(/flipped|kind|expected|Exif|sampleId|arm[AB]|score|reward|policy|round[^s]/i);
});

test("a volunteer's token opens nothing else, however it is sent", async () => {
  const { link } = await openStudy();
  const { token } = await Volunteer.join(server.url, link);
  const sha256 = rounds.artifacts[0]?.[0];
  const credentials: Record<string, string>[] = [
    { authorization: `Ballot ${token}` },
    { authorization: `Bearer ${token}` },
    { cookie: `ganrm_session=${token}` },
  ];
  for (const headers of credentials) {
    for (const path of [
      `/artifacts/${sha256}`,
      `/artifacts/${sha256}/thumbnail/160`,
      `/exports/rounds/${rounds.roundIds[0]}/metrics.csv`,
    ])
      expect([path, (await fetch(server.url + path, { headers })).status]).toEqual([path, 401]);
    const answer = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ query: "{ viewer { name } }" }),
    });
    expect((await answer.json()).errors[0].extensions.code).toBe("UNAUTHENTICATED");
  }
  for (const secret of Object.values(server.tokens))
    expect((await new Volunteer(server.url, secret).open()).status).toBe(404);
});

test("who asks too often and who guesses links is slowed down", async () => {
  const { link } = await openStudy();
  const volunteer = await Volunteer.join(server.url, link);
  await volunteer.consent();
  const ask = (token: string) =>
    fetch(`${server.url}/ballots/current`, { headers: { authorization: `Ballot ${token}` } });
  /** Asks until it is refused. @returns what it was answered up to then; a minute may end in between, so twice the limit may pass */
  const answersOf = async (tokenOf: (i: number) => string, limit: number) => {
    const answers = new Set<number>();
    for (let i = 0; i <= 2 * limit && !answers.has(429); i++) answers.add((await ask(tokenOf(i))).status);
    return answers;
  };
  expect(await answersOf(() => volunteer.token, 240)).toEqual(new Set([200, 429]));
  expect((await volunteer.items()).body.error?.code).toBe("RATE_LIMITED");
  // Other people of the same address are not held up by it.
  expect((await (await Volunteer.join(server.url, link)).open()).body.state).toBe("INVITED");
  expect(await answersOf((i) => `no such token ${i}`, 60)).toEqual(new Set([404, 429]));
});
