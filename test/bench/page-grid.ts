import type { BrowserContext, Page } from "playwright-core";
import sharp from "sharp";
import { seedExperiment, seedRewardModel, seedRound, seedScoredSamples } from "../support/seeds.ts";
import type { Benchmark } from "./benchmark.ts";
import { openDashboard } from "./dashboard-browser.ts";
import { inTurns, median, medianMs } from "./in-turns.ts";
import type { Laboratory } from "./laboratory.ts";

const K = 10;
/** Prompts that the grid asks for at once, of K samples each. */
const BLOCK = 24;
const VISITS = 5;
const JUMPS = 15;
const ROUNDS = 3;

/** $1 round, $2 reward model, $3 last position before. All that a block of the grid shows, in one statement. */
const BLOCK_SQL = `
select p.id as prompt_id, p.position, p.text, p.tags, s.id, s.k, s.seed, s.label, s.artifact_sha256, sc.score, sc.rank
from (
  select * from prompts
  where prompt_set_id = (select e.prompt_set_id from rounds r join experiments e on e.id = r.experiment_id where r.id = $1)
    and position > $3 order by position limit ${BLOCK}) p
join samples s on s.round_id = $1 and s.prompt_id = p.id
left join sample_scores sc on sc.reward_model_id = $2 and sc.sample_id = s.id
order by p.position, s.k`;

interface Grid {
  lab: Laboratory;
  context: BrowserContext;
  roundId: string;
  modelId: string;
}

/** What a visit came to, in ms from the click on the link: the first rewards, and the first drawing that is there. */
interface Visit {
  content: number;
  thumbnail: number;
}

/** Notes when the first tile and the first drawing are there; runs in the page, before all else. */
function noteFirsts(): void {
  const noted = window as unknown as Record<"content" | "thumbnail", number | undefined>;
  const look = () => {
    const image = document.querySelector<HTMLImageElement>("[data-row] img");
    if (image) noted.content ??= performance.now();
    if (image?.complete && image.naturalWidth > 0) noted.thumbnail ??= performance.now();
    if (noted.thumbnail === undefined) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

async function visit({ lab, context, roundId }: Grid): Promise<{ page: Page; visit: Visit }> {
  const page = await context.newPage();
  await page.addInitScript(noteFirsts);
  await page.goto(`${lab.url}/rounds/${roundId}`);
  await page.waitForFunction(() => "thumbnail" in window);
  const noted = await page.evaluate(() => {
    const { content, thumbnail } = window as unknown as Visit;
    return { content, thumbnail };
  });
  return { page, visit: noted };
}

/** ms from a move of the scroll bar to a share of the list until tiles are there in view. */
const jumpTo = (page: Page, share: number): Promise<number> =>
  page.evaluate(async (to) => {
    const view = document.querySelector<HTMLElement>("section[aria-label=Samples]");
    if (!view) throw new Error("There is no grid.");
    const start = performance.now();
    view.scrollTop = to * (view.scrollHeight - view.clientHeight);
    await new Promise<void>((resolve) => {
      const look = () => {
        const { top, bottom } = view.getBoundingClientRect();
        const isThere = [...view.querySelectorAll("[data-row]")].some((tile) => {
          const box = tile.getBoundingClientRect();
          return box.bottom > top && box.top < bottom;
        });
        if (isThere) resolve();
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    return performance.now() - start;
  }, share);

async function openGrid(samples: number): Promise<{ grid: Grid; close(): Promise<void> }> {
  const { lab, context, close } = await openDashboard();
  const sha256 = await uploadDrawing(lab);
  const experiment = { ...(await seedExperiment(lab.sql, samples / K, K)), sha256 };
  const roundId = await seedRound(lab.sql, experiment);
  const modelId = await seedRewardModel(lab.sql, roundId, 1);
  await seedScoredSamples(lab.sql, experiment, { roundId, modelId });
  return { grid: { lab, context, roundId, modelId }, close };
}

async function uploadDrawing({ url, token }: Laboratory): Promise<string> {
  const background = { r: 40, g: 120, b: 200 };
  const body = await sharp({ create: { width: 128, height: 128, channels: 3, background } })
    .png()
    .toBuffer();
  const headers = { authorization: `Bearer ${token}`, "x-artifact-kind": "IMAGE" };
  const response = await fetch(`${url}/artifacts`, { method: "POST", headers, body: new Uint8Array(body) });
  if (!response.ok) throw new Error(await response.text());
  return ((await response.json()) as { sha256: string }).sha256;
}

/** A first look at the grid of a round of that many samples, in Chromium, over one SQL statement. */
function firstLook(name: string, samples: number): Benchmark {
  return {
    name,
    async run() {
      const { grid, close } = await openGrid(samples);
      const thumbnails: number[] = [];
      const look = async () => {
        const contents: number[] = [];
        for (let i = 0; i < VISITS; i++) {
          const { page, visit: seen } = await visit(grid);
          contents.push(seen.content);
          thumbnails.push(seen.thumbnail);
          await page.close();
        }
        return median(contents);
      };
      const { pool } = grid.lab;
      const reference = () => medianMs(VISITS * 4, () => pool.query(BLOCK_SQL, [grid.roundId, grid.modelId, -1]));
      const middle = await inTurns(ROUNDS, { ours: look, reference }).finally(close);
      return {
        name,
        ratio: middle.ours / middle.reference,
        ...middle,
        unit: "ms",
        how: `from the address to the first rewards of the grid of a scored round of ${samples} samples in Chromium, scripts cached, over one SQL statement with all that its first ${BLOCK} prompts x ${K} show; in turns, median of ${ROUNDS} medians of ${VISITS}; first thumbnail after ${median(thumbnails).toFixed(0)} ms (aim under 1,000)`,
      };
    },
  };
}

/** A jump of the scroll bar to anywhere in the list, over one SQL statement. */
function jump(name: string, samples: number): Benchmark {
  return {
    name,
    async run() {
      const { grid, close } = await openGrid(samples);
      const { page } = await visit(grid);
      await page.getByText("Counting").waitFor({ state: "detached" });
      const all: number[] = [];
      let place = 0;
      /** Shares of the list far from each other and never the same: multiples of the golden ratio. */
      const share = () => {
        place = (place + 0.618034) % 1;
        return place;
      };
      const ours = async () => {
        const times: number[] = [];
        for (let i = 0; i < JUMPS; i++) {
          times.push(await jumpTo(page, share()));
          await page.waitForTimeout(100);
        }
        all.push(...times);
        return median(times);
      };
      const prompts = samples / K;
      const reference = () =>
        medianMs(JUMPS, () =>
          grid.lab.pool.query(BLOCK_SQL, [grid.roundId, grid.modelId, Math.floor(share() * prompts)]),
        );
      const middle = await inTurns(ROUNDS, { ours, reference }).finally(close);
      return {
        name,
        ratio: middle.ours / middle.reference,
        ...middle,
        unit: "ms",
        how: `from a move of the scroll bar to tiles in view, anywhere in a scored round of ${samples} samples in Chromium, over one SQL statement with all that ${BLOCK} prompts x ${K} there show; in turns, median of ${ROUNDS} medians of ${JUMPS}; the slowest of all took ${Math.max(...all).toFixed(0)} ms (aim under 200)`,
      };
    },
  };
}

export const pageGrid: Benchmark[] = [
  firstLook("page_grid", 100_000),
  firstLook("page_grid_1m", 1_000_000),
  jump("page_grid_jump", 100_000),
  jump("page_grid_jump_1m", 1_000_000),
];
