import { afterAll, beforeAll, expect, test } from "vitest";
import { VoteChoice } from "../../shared/enums.ts";
import { RandomStream } from "../../shared/random.ts";
import { wilsonInterval } from "../../shared/statistics/wilson.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { Volunteer } from "../support/volunteer.ts";
import { type ComparedRounds, comparedRounds } from "./compared-rounds.ts";

const [PROMPTS, PEOPLE] = [50, 14];
let server: TestServer;
let rounds: ComparedRounds;
let studyId: string;
let modelId: string;

/** The paper's study, run through the ballots: each person has a leaning, each picture its own, 74.4% for arm 1 in all. */
beforeAll(async () => {
  server = await startTestServer();
  rounds = await comparedRounds(server, PROMPTS);
  const study = await server.services.studies.create({
    name: "section 4.2",
    arms: rounds.roundIds.map((roundId, i) => ({ name: ["SD 1.5", "Ours-DPO"][i] ?? "", roundId })),
    ...{ votesPerItem: PEOPLE, practice: false, attentionChecks: 2, repeats: 2, minResponseMs: 300 },
  });
  studyId = study.id;
  await server.services.studies.open(studyId);
  const { token } = await server.services.studies.createLink(studyId);
  const random = new RandomStream(5);
  for (let person = 0; person < PEOPLE; person++) {
    const volunteer = await Volunteer.join(server.url, token);
    const careless = person === 0;
    await volunteer.consent();
    for (;;) {
      const { items } = (await volunteer.items()).body;
      if (items.length === 0) break;
      for (const item of items) {
        const asked = /choose the image on the (left|right)/.exec(item.prompt)?.[1];
        const flipped: boolean = (
          await server.db.query("select flipped from study_assignments where key = $1", [item.key])
        )[0].flipped;
        const forArm1 = random.uniform() < 0.744;
        const choice = asked ? (asked === "left") === !careless : forArm1 === flipped;
        const responseMs = person === 1 && random.uniform() < 0.1 ? 100 : 1500 + 1000 * random.uniform();
        await volunteer.vote(item.key, choice ? VoteChoice.LEFT : VoteChoice.RIGHT, {
          responseMs: Math.round(responseMs),
        });
      }
    }
  }
  const [model] = await server.db.query(
    `insert into reward_models (round_id, name, strategy, encoder, hyperparameters, seed)
     values ($1, 'judge', 'NAIVE', 'mobilenet-v2-mid', '{}', 0) returning id`,
    [rounds.roundIds[1]],
  );
  modelId = model.id;
  await server.db.query(
    `insert into sample_scores (reward_model_id, sample_id, score, logit)
     select $1, id, case when round_id = $2 then 0.75 else 0.5 end, case when round_id = $2 then ln(3) else 0 end from samples
     where round_id = any($3)`,
    [modelId, rounds.roundIds[1], rounds.roundIds],
  );
}, 240_000);
afterAll(() => server?.stop());

const ANALYSIS = `votes participants excluded { participants ofParticipants tooFast }
  pairs { arm against votes wins losses ties rate wilson { low high } clustered { low high se designEffect } naiveP
    participants { favourable unfavourable even p } votesToSettle }
  strengths { problem } agreement { krippendorff fleiss { kappa items } } side { share n p } repeats { n share } responseMs { median }
  scorers { name rewardModel votes items accuracy interval { low high } itemAccuracy calibration { brier error bins { predicted observed n } } }
  items { promptPosition wins losses } byParticipant { participant votes rate attentionFailures repeats excluded }`;

async function analysis(exclusions: boolean) {
  const { data, errors } = await server.ask(
    `query ($id: ID!, $exclusions: Boolean!) { study(id: $id) { analysis(exclusions: $exclusions) { ${ANALYSIS} } methods } }`,
    { id: studyId, exclusions },
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data.study;
}

test("the paper's study: the numbers of all votes, and of those that the plan leaves", async () => {
  const { analysis: all } = await analysis(false);
  expect([all.votes, all.participants]).toEqual([PROMPTS * PEOPLE, PEOPLE]);
  const [pair] = all.pairs;
  const [{ wins }] = await server.db.query(
    `select count(*)::int as wins from study_votes v join study_assignments a on a.id = v.assignment_id
     where a.kind = 'VOTE' and (v.choice = 'LEFT') = a.flipped`,
  );
  expect(pair).toMatchObject({ arm: 1, against: 0, votes: 700, wins, losses: 700 - wins, ties: 0, rate: wins / 700 });
  expect(pair.wilson).toEqual(wilsonInterval(wins, 700));
  expect(pair.clustered.low).toBeLessThan(0.744);
  expect(pair.clustered.high).toBeGreaterThan(0.744);
  expect(pair.naiveP).toBeLessThan(1e-10);
  expect(pair.participants).toMatchObject({ favourable: PEOPLE, unfavourable: 0 });
  expect(pair.participants.p).toBeCloseTo(2 / 2 ** PEOPLE, 12);
  expect(pair.votesToSettle).toBeLessThan(700);
  expect(all.strengths).toBe(null);
  expect(all.side.n).toBe(700);
  expect(Math.abs(all.side.share - 0.5)).toBeLessThan(0.08);
  expect(all.repeats.n).toBe(2 * PEOPLE);
  expect(all.items.length).toBe(PROMPTS);
  expect(all.items.every((item: { wins: number; losses: number }) => item.wins + item.losses === PEOPLE)).toBe(true);
  expect(all.byParticipant[0]).toMatchObject({ participant: 1, votes: PROMPTS, attentionFailures: 2, excluded: true });

  const { analysis: kept, methods } = await analysis(true);
  const { excluded } = kept;
  expect(excluded).toEqual({ participants: 1, ofParticipants: PROMPTS, tooFast: expect.any(Number) });
  expect(excluded.tooFast).toBeGreaterThan(0);
  expect(kept.votes).toBe(700 - PROMPTS - excluded.tooFast);
  expect(methods).toMatch(/^13 volunteers compared images of “SD 1.5”, “Ours-DPO” for 50 prompts two at a time/);
  expect(methods).toContain("2 attention checks and 2 repeated pairs");
  expect(methods).toContain("by 13 of the 13 participants who leaned either way");
});

test("the reward model's agreement with people: accuracy is the win rate where it always prefers one arm, calibration follows", async () => {
  const { analysis: all } = await analysis(false);
  const [scorer] = all.scorers;
  expect(all.scorers.length).toBe(1);
  expect(scorer).toMatchObject({ name: "judge", rewardModel: true, votes: 700, items: PROMPTS });
  expect(scorer.accuracy).toBeCloseTo(all.pairs[0].rate, 12);
  expect(scorer.calibration.bins).toEqual([{ predicted: expect.closeTo(0.75, 12), observed: scorer.accuracy, n: 700 }]);
  expect(scorer.calibration.error).toBeCloseTo(Math.abs(0.75 - scorer.accuracy), 12);
});

test("human pairs stand beside the model's: they export with them and train with them", async () => {
  const record = (input: object) =>
    server.ask("mutation ($input: RecordHumanPairsInput!) { recordHumanPairs(input: $input) { inserted } }", {
      input: { studyId, rewardModelId: modelId, ...input },
    });
  const sure = (await record({ minimumShare: 0.9 })).data.recordHumanPairs.inserted;
  const rest = (await record({})).data.recordHumanPairs.inserted;
  expect(sure).toBeGreaterThan(0);
  expect(rest).toBeGreaterThan(0);
  expect((await record({})).data.recordHumanPairs.inserted).toBe(0);
  const pairs = await server.db.query(
    `select p.margin, p.source, c.round_id as chosen from pairs p join samples c on c.id = p.chosen_sample_id where p.reward_model_id = $1`,
    [modelId],
  );
  expect(pairs.length).toBe(sure + rest);
  expect(
    pairs.every(
      (pair: { margin: number; source: string }) => pair.margin > 0 && pair.margin <= 1 && pair.source === "HUMAN",
    ),
  ).toBe(true);
  expect(pairs.filter((pair: { chosen: string }) => pair.chosen === rounds.roundIds[1]).length).toBeGreaterThan(35);
  await server.db.query("update prompts set tags = '{train}' where prompt_set_id = $1", [rounds.promptSetId]);
  const on = {
    roundId: rounds.roundIds[1],
    rewardModelId: modelId,
    promptTag: "train",
    method: "DPO",
    picksPerPrompt: null,
  };
  const [policy] = await server.db.query(
    "insert into policies (name, origin, config) values ('from people', 'DPO', $1) returning id",
    [on],
  );
  const { data } = await server.ask(
    "query ($id: ID!) { policy(id: $id) { fineTuningSet { pairs { chosenSha256 rejectedSha256 } } } }",
    policy,
  );
  expect(data.policy.fineTuningSet.pairs.length).toBe(pairs.length);
  const answer = await fetch(`${server.url}/exports/reward-models/${modelId}/pairs.jsonl`, {
    headers: { authorization: `Bearer ${server.tokens.VIEWER}` },
  });
  const lines = (await answer.text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.length).toBe(pairs.length);
  expect(lines[0]).toMatchObject({ source: "HUMAN", has_label: true });
});

test("raw votes as CSV and JSON Lines: every vote once, with what the plan leaves out marked", async () => {
  const { data } = await server.ask("query ($id: ID!) { study(id: $id) { exports { kind url } } }", { id: studyId });
  const get = async (kind: string) => {
    const { url } = data.study.exports.find((link: { kind: string }) => link.kind === kind);
    const answer = await fetch(server.url + url, { headers: { authorization: `Bearer ${server.tokens.VIEWER}` } });
    return answer.text();
  };
  const lines = (await get("VOTES_JSON_LINES"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.length).toBe(PEOPLE * (PROMPTS + 4));
  const votes = lines.filter(({ kind }) => kind === "VOTE");
  const { analysis: all } = await analysis(false);
  expect(votes.filter(({ chosen_arm }) => chosen_arm === "Ours-DPO").length).toBe(all.pairs[0].wins);
  const { excluded } = (await analysis(true)).analysis;
  expect(votes.filter((vote) => vote.excluded).length).toBe(excluded.ofParticipants + excluded.tooFast);
  const csv = (await get("VOTES_CSV")).trim().split("\r\n");
  expect(csv.length).toBe(lines.length + 1);
  expect(csv[0]).toBe(Object.keys(lines[0]).join(","));
});
