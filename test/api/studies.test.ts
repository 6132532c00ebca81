import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type ComparedRounds, comparedRounds } from "./compared-rounds.ts";

let server: TestServer;
let rounds: ComparedRounds;
beforeAll(async () => {
  server = await startTestServer();
  rounds = await comparedRounds(server, 10, 3);
});
afterAll(() => server?.stop());

const input = (name: string, changes: object = {}) => ({
  name,
  arms: rounds.roundIds.slice(0, 2).map((roundId, i) => ({ name: `arm ${i}`, roundId })),
  ...changes,
});
const itemsOf = (id: string) =>
  server.db.query(
    `select p.position as prompt, i.arm_a as a, i.arm_b as b, i.practice, sa.artifact_sha256 as "imageA", sb.artifact_sha256 as "imageB"
     from study_items i join prompts p on p.id = i.prompt_id join samples sa on sa.id = i.sample_a_id join samples sb on sb.id = i.sample_b_id
     where i.study_id = $1 order by i.position`,
    [id],
  );

test("a draft may be changed; an open study is frozen under the hash of its plan, even by SQL", async () => {
  const draft = await server.services.studies.create(input("frozen"));
  expect([draft.state, draft.plan, draft.planSha256]).toEqual(["DRAFT", null, null]);
  const changed = await server.services.studies.update(
    draft.id,
    input("frozen", { question: "Which is finer?", votesPerItem: 3 }),
  );
  expect([changed.question, changed.votesPerItem]).toEqual(["Which is finer?", 3]);
  const open = await server.services.studies.open(draft.id);
  expect(open.state).toBe("OPEN");
  expect(
    createHash("sha256")
      .update(open.plan ?? "")
      .digest("hex"),
  ).toBe(open.planSha256);
  const plan = JSON.parse(open.plan ?? "");
  expect(plan.question).toBe("Which is finer?");
  expect(plan.design.items.filter((item: { practice: boolean }) => !item.practice)).toEqual(
    rounds.artifacts[0]?.map((imageA, promptPosition) => ({
      ...{ practice: false, promptPosition, armA: 0, armB: 1 },
      ...{ imageA, imageB: rounds.artifacts[1]?.[promptPosition] },
    })),
  );
  await expect(server.services.studies.open(draft.id)).rejects.toMatchObject({ code: "STUDY_FROZEN" });
  const frozen = (statement: string) =>
    expect(server.db.query(statement, [draft.id])).rejects.toMatchObject({ constraint: "studies_frozen" });
  await frozen("update studies set question = 'another' where id = $1");
  await frozen("update studies set plan = '{}' where id = $1");
  await frozen("delete from study_arms where study_id = $1");
  await frozen("update study_items set practice = true where study_id = $1");
  await expect(
    server.db.query("update studies set state = 'DRAFT', plan = null, plan_sha256 = null where id = $1", [draft.id]),
  ).rejects.toThrow(/OPEN and never DRAFT/);
  expect((await server.services.studies.close(draft.id)).state).toBe("CLOSED");
  expect((await server.services.studies.close(draft.id)).state).toBe("CLOSED");
});

test("prompts are chosen by the seed; every pair of three arms is asked about; practice is on another prompt", async () => {
  const three = { arms: rounds.roundIds.map((roundId, i) => ({ name: `arm ${i}`, roundId })), promptCount: 4 };
  const chosen = async (name: string, seed: number) => {
    const items: { prompt: number; practice: boolean }[] = await itemsOf(
      (await server.services.studies.create(input(name, { ...three, seed }))).id,
    );
    const asked = items.filter(({ practice }) => !practice);
    expect(asked.length).toBe(12);
    const prompts = [...new Set(asked.map(({ prompt }) => prompt))];
    expect(prompts).not.toContain(items.find(({ practice }) => practice)?.prompt);
    return prompts;
  };
  const first = await chosen("seed 1", 1);
  expect(first.length).toBe(4);
  expect(await chosen("seed 1 again", 1)).toEqual(first);
  expect(await chosen("seed 2", 2)).not.toEqual(first);
});

test("a tag that no prompt has is refused with the tags there are", async () => {
  const refused = (promptTag: string) => server.services.studies.create(input(promptTag, { promptTag }));
  await expect(refused("animals")).rejects.toMatchObject({
    ...{ code: "TOO_FEW_ITEMS", field: "promptTag" },
    message: 'No prompt has the tag "animals". The prompts have no tags.',
  });
  const tag = (value: string) =>
    server.db.query("update prompts set tags = array[$2] where prompt_set_id = $1", [rounds.promptSetId, value]);
  await tag("plants");
  await expect(refused("animals")).rejects.toThrow('No prompt has the tag "animals". There are: plants.');
  expect((await refused("plants")).promptTag).toBe("plants");
});

test("best of K is what the model ranks first; where both arms show one image nobody is asked", async () => {
  const roundId = rounds.roundIds[0] ?? "";
  const [model] = await server.db.query(
    `insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed, state)
     values ($1, 'judge', 'NAIVE', 'mobilenet-v2-mid', '{}', 0, 'TRAINING') returning id`,
    [roundId],
  );
  const others = rounds.artifacts[2] ?? [];
  await server.ask("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", {
    input: {
      roundId,
      samples: others.map((artifactSha256, promptPosition) => ({ promptPosition, k: 1, artifactSha256 })),
    },
  });
  // The second sample is better for prompts 0 to 3 only.
  await server.db.query(
    `insert into sample_scores (reward_model_id, sample_id, score, logit)
     select $1, id, case when (k = 1) = (prompt_position < 4) then 0.9 else 0.2 end, 0 from samples where round_id = $2`,
    [model.id, roundId],
  );
  const arms = [
    { name: "first", roundId },
    { name: "best", roundId, selection: "BEST_OF_K", rewardModelId: model.id },
  ];
  const study = await server.services.studies.create(input("best of K", { arms, practice: false }));
  expect(
    (await itemsOf(study.id)).map((item: { prompt: number; imageB: string }) => [item.prompt, item.imageB]),
  ).toEqual([0, 1, 2, 3].map((prompt) => [prompt, others[prompt]]));
  const open = await server.services.studies.open(study.id);
  expect(JSON.parse(open.plan ?? "").design.identicalPairsLeftOut).toBe(6);
});

test("progress, participants and the list are read in a few statements, previews nowhere", async () => {
  const study = await server.services.studies.create(input("progress"));
  await server.services.participants.preview(study.id);
  const { invites } = await server.services.participants.invite({ studyId: study.id, count: 3 });
  await server.services.participants.revoke(invites[0]?.participant.id ?? "");
  const { data } = await server.ask(
    `query ($id: ID!) {
      study(id: $id) { progress { items participants joined finished votes votesWanted } arms { name round { id } }
        participants { totalCount nodes { number source revokedAt progress { votes lastVoteAt } } } }
      studies { nodes { name } }
    }`,
    { id: study.id },
  );
  expect(data.study.progress).toEqual({
    ...{ items: 10, participants: 3, joined: 0, finished: 0, votes: 0 },
    votesWanted: 140,
  });
  expect(data.study.participants.totalCount).toBe(3);
  expect(data.study.participants.nodes[0]).toMatchObject({
    source: "INVITE",
    progress: { votes: 0, lastVoteAt: null },
  });
  expect(data.studies.nodes[0].name).toBe("progress");
});

test("a participant's number is never given again, and previews take none", async () => {
  const { id } = await server.services.studies.create(input("numbers"));
  const invite = async (count: number) =>
    (await server.services.participants.invite({ studyId: id, count })).invites.map(({ participant }) => participant);
  await server.services.participants.preview(id);
  const people = await invite(4);
  expect(people.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  for (const { id: gone } of people.slice(2)) await server.services.participants.remove(gone);
  await server.services.studies.open(id);
  await server.services.participants.preview(id);
  expect((await invite(2)).map(({ number }) => number)).toEqual([5, 6]);
});

test("a draft is deleted with its invites, and its name is free again; what was opened stays", async () => {
  const remove = (id: string) => server.ask("mutation ($id: ID!) { deleteStudy(id: $id) { deletedId } }", { id });
  const { id } = await server.services.studies.create(input("not wanted"));
  await server.services.participants.invite({ studyId: id, count: 2 });
  await server.services.participants.preview(id);
  expect((await remove(id)).data.deleteStudy.deletedId).toBe(id);
  const left = await server.db.query(
    `select (select count(*) from study_arms where study_id = $1) + (select count(*) from study_items where study_id = $1)
       + (select count(*) from study_participants where study_id = $1) as n`,
    [id],
  );
  expect([Number(left[0].n), (await remove(id)).errors?.[0]?.extensions.code]).toEqual([0, "NOT_FOUND"]);
  const again = await server.services.studies.create(input("not wanted"));
  await server.services.studies.open(again.id);
  expect((await remove(again.id)).errors?.[0]?.extensions.code).toBe("STUDY_FROZEN");
});
