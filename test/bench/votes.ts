import { randomUUID } from "node:crypto";
import { seedExperiment, seedRound } from "../support/seeds.ts";
import type { Benchmark } from "./benchmark.ts";
import { graphqlBody, type Laboratory, laboratory } from "./laboratory.ts";

const VOLUNTEERS = 200;
const PROMPTS = 24;
const TURNS = 3;

/** p99 of a vote of 200 volunteers who all vote at once, without a pause, over that of as many clients who insert the bare row. */
export const votes: Benchmark = {
  name: "votes",
  async run() {
    const lab = await laboratory();
    await lab.sql("create table bare_votes (like study_votes including all)");
    await lab.sql(
      "alter table bare_votes add foreign key (assignment_id) references study_assignments (id) on delete cascade",
    );
    const turns: { ours: number; reference: number }[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      const { studyId, tokens } = await openStudy(lab);
      const ours = p99(await throughBallots(lab, tokens));
      turns.push({ ours, reference: p99(await throughSql(lab, studyId)) });
    }
    const { ours, reference } = turns.sort((a, b) => a.ours / a.reference - b.ours / b.reference)[1] ?? {
      ours: 0,
      reference: 1,
    };
    return {
      name: "votes",
      ratio: ours / reference,
      ours,
      reference,
      unit: "ms",
      how: `p99 of a vote, ${VOLUNTEERS} volunteers at once without pauses, ${VOLUNTEERS * PROMPTS} votes, none lost, over the same number of clients that insert one bare row and commit on 20 connections; median of ${TURNS} (aim under 10)`,
    };
  },
};

/** A study of two samples a prompt, with personal links for everybody. */
async function openStudy(lab: Laboratory): Promise<{ studyId: string; tokens: string[] }> {
  const experiment = await seedExperiment(lab.sql, PROMPTS, 2);
  const roundId = await seedRound(lab.sql, experiment);
  const other = "cd".repeat(32);
  await lab.sql(
    "insert into artifacts (sha256, kind, media_type, byte_size) values ($1, 'IMAGE', 'image/png', 100) on conflict do nothing",
    [other],
  );
  await lab.sql(
    `insert into samples (round_id, prompt_id, prompt_position, k, artifact_sha256)
     select $1, p.id, p.position, k, (array[$3, $4])[k + 1] from prompts p, generate_series(0, 1) k where p.prompt_set_id = $2`,
    [roundId, experiment.promptSetId, experiment.sha256, other],
  );
  const arms = [0, 1].map((k) => ({ name: `k = ${k}`, roundId, k }));
  const input = { name: randomUUID(), arms, votesPerItem: VOLUNTEERS, practice: false };
  const { createStudy } = await lab.ask(
    graphqlBody("mutation ($input: StudyInput!) { createStudy(input: $input) { study { id } } }", { input }),
  );
  const studyId: string = createStudy.study.id;
  await lab.ask(graphqlBody("mutation ($id: ID!) { openStudy(id: $id) { study { id } } }", { id: studyId }));
  const { inviteParticipants } = await lab.ask(
    graphqlBody(
      "mutation ($input: InviteParticipantsInput!) { inviteParticipants(input: $input) { invites { token } } }",
      {
        input: { studyId, count: VOLUNTEERS },
      },
    ),
  );
  return { studyId, tokens: inviteParticipants.invites.map(({ token }: { token: string }) => token) };
}

/** Everybody votes on everything. @returns milliseconds of each vote @throws Error where one is not stored */
async function throughBallots(lab: Laboratory, tokens: string[]): Promise<number[]> {
  const times: number[] = [];
  const volunteer = async (token: string) => {
    const ask = (path: string, body: object) => lab.post(`/ballots/current/${path}`, `Ballot ${token}`, body);
    await ask("consent", {});
    for (let { items } = await ask("items", {}); items.length > 0; { items } = await ask("items", {}))
      for (const item of items) {
        const start = performance.now();
        const vote = { key: randomUUID(), item: item.key, choice: "LEFT", responseMs: 900 };
        const { results } = await ask("votes", { votes: [vote] });
        times.push(performance.now() - start);
        if (results[0].code !== null) throw new Error(`a vote was refused: ${results[0].code}`);
      }
  };
  await Promise.all(tokens.map(volunteer));
  const [{ n }] = await lab.sql(
    `select count(*)::int as n from study_votes v join study_assignments a on a.id = v.assignment_id
     join study_participants p on p.id = a.participant_id where p.token_hash = any(select sha256(t::bytea) from unnest($1::text[]) t)`,
    [tokens],
  );
  if (n !== VOLUNTEERS * PROMPTS || times.length !== n)
    throw new Error(`${times.length} votes were sent and ${n} are stored.`);
  return times;
}

/** The same rows, one insert and commit each, by as many clients. */
async function throughSql(lab: Laboratory, studyId: string): Promise<number[]> {
  const rows = await lab.sql(
    "select a.id from study_assignments a join study_participants p on p.id = a.participant_id where p.study_id = $1 order by a.position",
    [studyId],
  );
  const times: number[] = [];
  const left = rows.values();
  const client = async () => {
    for (const { id } of left) {
      const start = performance.now();
      await lab.pool.query("insert into bare_votes (assignment_id, choice, response_ms) values ($1, 'LEFT', 900)", [
        id,
      ]);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: VOLUNTEERS }, client));
  return times;
}

const p99 = (times: number[]): number => times.sort((a, b) => a - b)[Math.floor(0.99 * times.length)] ?? 0;
