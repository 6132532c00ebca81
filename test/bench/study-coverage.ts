/**
 * `npm run coverage [-- --studies N --spread S --seed N --json FILE --done FILE]`: how often the interval of a study's win rate holds the
 * truth, as the product makes it. Each study is the paper's (section 4.2): 14 volunteers, 50 prompts, a true win rate of 74.4%. It is created,
 * opened and voted on over the API, by people of whom each leans their own way and prompts of which each does, and analysed over
 * GraphQL. Only which side a volunteer's arm is on is read from the database, for they would see it. With `--done` each analysed study
 * is a line of that file, and a run that was stopped goes on after them.
 */
import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { RandomStream } from "../../shared/random.ts";
import { wilsonInterval } from "../../shared/statistics/wilson.ts";
import { seedExperiment, seedRound } from "../support/seeds.ts";
import { closeLaboratory, graphqlBody, type Laboratory, laboratory } from "./laboratory.ts";

const [VOLUNTEERS, PROMPTS, TRUTH] = [14, 50, 0.744];
const AT_ONCE = 4;
const STREAM = 91;
const ATTEMPTS = 30;
/** Answers of 503 so far. */
let busy = 0;

/** Log-odds at the centre that make the mean over volunteers and prompts 0.744 (SciPy quad; as in clustered-win-rate.test.ts). */
const CENTRES: Record<string, number> = {
  0: 1.0668635903535295,
  0.3: 1.1093845481358247,
  0.5: 1.1792365030052727,
  1: 1.4489168639213854,
};

/** What of an analysis is looked at, and of which study it is. */
interface Analysed {
  study: number;
  spread: string;
  seed: number;
  votes: number;
  rate: number;
  clustered: { low: number; high: number };
  wilson: { low: number; high: number };
}

const { values: asked } = parseArgs({
  options: {
    studies: { type: "string", default: "1000" },
    spread: { type: "string", default: "0.5" },
    seed: { type: "string", default: "0" },
    json: { type: "string" },
    done: { type: "string" },
  },
});
const [studies, spread, seed] = [Number(asked.studies), Number(asked.spread), Number(asked.seed)];
const centre = CENTRES[spread] ?? Number.NaN;
if (!(studies > 0) || Number.isNaN(centre) || !Number.isSafeInteger(seed)) {
  process.stderr.write(
    `--studies is a count, --seed an integer, --spread one of ${Object.keys(CENTRES).join(", ")}.\n`,
  );
  process.exit(2);
}

/** A round with two different samples of each prompt. */
async function comparedSamples(lab: Laboratory): Promise<string> {
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
  return roundId;
}

async function openStudy(
  lab: Laboratory,
  roundId: string,
  studySeed: number,
): Promise<{ studyId: string; tokens: string[] }> {
  const arms = [0, 1].map((k) => ({ name: `k = ${k}`, roundId, k }));
  const input = { name: randomUUID(), arms, seed: studySeed, votesPerItem: VOLUNTEERS, practice: false };
  const { createStudy } = await lab.ask(
    graphqlBody("mutation ($input: StudyInput!) { createStudy(input: $input) { study { id } } }", { input }),
  );
  const studyId: string = createStudy.study.id;
  await lab.ask(graphqlBody("mutation ($id: ID!) { openStudy(id: $id) { study { id } } }", { id: studyId }));
  const invite =
    "mutation ($input: InviteParticipantsInput!) { inviteParticipants(input: $input) { invites { token } } }";
  const { inviteParticipants } = await lab.ask(graphqlBody(invite, { input: { studyId, count: VOLUNTEERS } }));
  return { studyId, tokens: inviteParticipants.invites.map(({ token }: { token: string }) => token) };
}

/** As the vote page does: while the server says that it is too busy (503), the same is sent again. */
async function untilTaken<T>(send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await send();
    } catch (error) {
      if (attempt === ATTEMPTS || !(error as Error).message.startsWith("503 ")) throw error;
      busy++;
      await sleep(1000);
    }
}

/** Judges everything that is asked, each pair by the volunteer's leaning and the prompt's. */
async function vote(
  lab: Laboratory,
  token: string,
  { person, things, random }: { person: number; things: readonly number[]; random: RandomStream },
): Promise<void> {
  const ask = (path: string, body: object) =>
    untilTaken(() => lab.post(`/ballots/current/${path}`, `Ballot ${token}`, body));
  for (let { items } = await ask("consent", {}); items.length > 0; { items } = await ask("items", {})) {
    const keys: string[] = items.map(({ key }: { key: string }) => key);
    const seen = await lab.sql(
      `select a.key, a.flipped, p.position from study_assignments a join study_items i on i.id = a.item_id
       join prompts p on p.id = i.prompt_id where a.key = any($1)`,
      [keys],
    );
    const shown = new Map(seen.map((row) => [row.key, row]));
    const votes = keys.map((item) => {
      const { flipped, position } = shown.get(item);
      const forLater = random.uniform() < 1 / (1 + Math.exp(-(centre + person + (things[position] ?? 0))));
      const choice = forLater === flipped ? "LEFT" : "RIGHT";
      return { key: randomUUID(), item, choice, responseMs: Math.round(800 + 4000 * random.uniform()) };
    });
    const { results } = await ask("votes", { votes });
    if (results.some(({ code }: { code: string | null }) => code !== null)) throw new Error(JSON.stringify(results));
  }
}

async function analysedStudy(lab: Laboratory, roundId: string, study: number): Promise<Analysed> {
  const random = new RandomStream(seed, STREAM, study);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const [people, things] = [VOLUNTEERS, PROMPTS].map((n) => Array.from({ length: n }, () => spread * normal()));
  const { studyId, tokens } = await openStudy(lab, roundId, study);
  await Promise.all(
    tokens.map((token, i) =>
      vote(lab, token, {
        ...{ person: people?.[i] ?? 0, things: things ?? [] },
        random: new RandomStream(seed, STREAM + 1, study, i),
      }),
    ),
  );
  const query = `query ($id: ID!) { study(id: $id) { analysis { pairs { votes rate clustered { low high } wilson { low high } } } } }`;
  const answer = await untilTaken(() => lab.ask(graphqlBody(query, { id: studyId })));
  const [pair] = answer.study.analysis.pairs;
  if (pair.votes !== VOLUNTEERS * PROMPTS) throw new Error(`Study ${study} has ${pair.votes} votes.`);
  return { study, spread: String(spread), seed, ...pair };
}

/** What a run before this one, of the same spread and seed, has written. */
function doneBefore(): Analysed[] {
  if (!asked.done || !existsSync(asked.done)) return [];
  const lines = readFileSync(asked.done, "utf8").split("\n").filter(Boolean);
  return lines
    .map((line): Analysed => JSON.parse(line))
    .filter((one) => one.spread === String(spread) && one.seed === seed && one.study < studies);
}

const holds = ({ low, high }: { low: number; high: number }) => low <= TRUTH && TRUTH <= high;

async function main(): Promise<void> {
  const lab = await laboratory();
  // Whether a vote survives a crash of this machine is no matter here.
  await lab.sql("alter system set synchronous_commit = off");
  await lab.sql("select pg_reload_conf()");
  const roundId = await comparedSamples(lab);
  const start = performance.now();
  const done = doneBefore();
  const known = new Set(done.map(({ study }) => study));
  const left = Array.from({ length: studies }, (_, i) => i)
    .filter((study) => !known.has(study))
    .values();
  const work = async () => {
    for (const study of left) {
      const analysed = await analysedStudy(lab, roundId, study);
      done.push(analysed);
      if (asked.done) appendFileSync(asked.done, `${JSON.stringify(analysed)}\n`);
      if (done.length % 50 === 0) process.stderr.write(`${done.length} of ${studies}, ${report(done).coverage}\n`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const result = { ...report(done), spread, seed, busy, seconds: Math.round((performance.now() - start) / 1000) };
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  if (asked.json) writeFileSync(asked.json, `${JSON.stringify(result, null, 2)}\n`);
}

function report(done: readonly Analysed[]) {
  const mean = (pick: (one: Analysed) => number) => done.reduce((sum, one) => sum + pick(one), 0) / done.length;
  const covered = done.filter(({ clustered }) => holds(clustered)).length;
  const { low, high } = wilsonInterval(covered, done.length);
  return {
    ...{ studies: done.length, votes: done.reduce((sum, { votes }) => sum + votes, 0), truth: TRUTH },
    meanRate: mean(({ rate }) => rate),
    coverage: covered / done.length,
    coverageInterval: [low, high],
    meanWidth: mean(({ clustered }) => clustered.high - clustered.low),
    naiveCoverage: done.filter(({ wilson }) => holds(wilson)).length / done.length,
  };
}

try {
  await main();
} finally {
  await closeLaboratory();
}
