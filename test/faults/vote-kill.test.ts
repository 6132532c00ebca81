import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VoteChoice } from "../../shared/enums.ts";
import { memoryShelf, VoteQueue } from "../../web/features/vote/voteQueue.ts";
import { comparedRounds } from "../api/compared-rounds.ts";
import { freePort, type LabProcess, labFolder, startLabProcess } from "../support/lab-process.ts";
import { Volunteer } from "../support/volunteer.ts";

const [PEOPLE, PROMPTS, KILLS] = [4, 16, 2];

const folder = labFolder();
let port: number;
let lab: LabProcess;
const start = () => startLabProcess(folder.path, { GANRM_PORT: String(port), LOG_LEVEL: "warn" });
beforeAll(async () => {
  port = await freePort();
  lab = await start();
});
afterAll(async () => {
  await lab?.stop();
  folder.remove();
});

/** Asks until there is an answer, as the page does. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await sleep(100);
    }
  }
}

test("kill -9 of the server, twice, while people vote: every vote that was made is stored once, and no other", async () => {
  const { roundIds } = await comparedRounds(lab, PROMPTS);
  const ask = async (query: string, variables: Record<string, unknown>) => {
    const { data, errors } = await untilAnswered(() => lab.ask(query, variables));
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const arms = roundIds.map((roundId, i) => ({ name: `arm ${i}`, roundId }));
  const input = { name: "killed", arms, votesPerItem: PEOPLE, practice: false };
  const { createStudy } = await ask("mutation ($input: StudyInput!) { createStudy(input: $input) { study { id } } }", {
    input,
  });
  const { id } = createStudy.study;
  await ask("mutation ($id: ID!) { openStudy(id: $id) { study { id } } }", { id });
  const { createStudyLink } = await ask("mutation ($id: ID!) { createStudyLink(id: $id) { token } }", { id });
  let made = 0;
  let waiting = PEOPLE;
  const person = async () => {
    const volunteer = await Volunteer.join(lab.url, createStudyLink.token);
    const queue = new VoteQueue(volunteer.token, memoryShelf(), async (votes) => {
      const answer = await volunteer.ask<{ results: never[] }>("POST", "current/votes", { votes: [...votes] });
      if (answer.status !== 200) throw new Error(String(answer.status));
      return answer.body.results;
    });
    const next = () =>
      untilAnswered(async () => {
        await volunteer.consent();
        const { status, body } = await volunteer.items();
        if (status !== 200) throw new Error(String(status));
        return body.items;
      });
    for (let items = await next(); items.length > 0; items = await next())
      for (const item of items) {
        queue.add({ key: randomUUID(), item: item.key, choice: VoteChoice.LEFT, responseMs: 900 });
        made++;
        await untilAnswered(() => queue.flush());
        await sleep(20);
      }
    waiting--;
  };
  const people = Promise.all(Array.from({ length: PEOPLE }, person));
  for (let kill = 1; kill <= KILLS; kill++) {
    while (made < (kill * PEOPLE * PROMPTS) / (KILLS + 1) && waiting > 0) await sleep(20);
    await lab.kill();
    lab = await start();
  }
  await people;
  const { study } = await ask(
    "query ($id: ID!) { study(id: $id) { progress { votes finished } analysis { items { wins losses } } } }",
    {
      id,
    },
  );
  expect(made).toBe(PEOPLE * PROMPTS);
  expect(study.progress).toEqual({ votes: PEOPLE * PROMPTS, finished: PEOPLE });
  expect(study.analysis.items.map(({ wins, losses }: { wins: number; losses: number }) => wins + losses)).toEqual(
    Array(PROMPTS).fill(PEOPLE),
  );
}, 240_000);
