import type { Page } from "playwright-core";
import { expect } from "vitest";
import { ApiClient } from "../../shared/api-client.ts";
import { describeInBrowser, settled, test } from "./browser.ts";
import { DRAFTS } from "./seed.ts";

/** Experiments of the seed that no other test looks at. */
const [WATCHED, POLLED] = [`Draft ${DRAFTS}`, `Draft ${DRAFTS - 1}`];

async function idOf(client: ApiClient, name: string): Promise<string> {
  const { experiments } = await client.ask<{ experiments: { nodes: { id: string }[] } }>(
    "query ($name: String!) { experiments(search: $name, first: 1) { nodes { id } } }",
    { name },
  );
  return experiments.nodes[0]?.id ?? "";
}

const openRound = (client: ApiClient, experimentId: string) =>
  client.ask<{ openRound: { round: { id: string } } }>(
    "mutation ($input: OpenRoundInput!) { openRound(input: $input) { round { id } } }",
    { input: { experimentId } },
  );

async function logFourSamples(client: ApiClient, roundId: string, likeRound: string): Promise<void> {
  const { round } = await client.ask<{ round: { samples: { nodes: { artifactSha256: string }[] } } }>(
    "query ($id: ID!) { round(id: $id) { samples(first: 4) { nodes { artifactSha256 } } } }",
    { id: likeRound },
  );
  const samples = round.samples.nodes.map(({ artifactSha256 }, k) => ({ promptPosition: 0, k, artifactSha256 }));
  await client.ask("mutation ($input: LogSamplesInput!) { logSamples(input: $input) { inserted } }", {
    input: { roundId, samples },
  });
}

async function logMetric(client: ApiClient, roundId: string): Promise<void> {
  const point = { subject: "ROUND", subjectId: roundId, name: "made-up distance", direction: "LOWER", value: 3 };
  await client.ask("mutation ($input: LogMetricsInput!) { logMetrics(input: $input) { inserted } }", {
    input: { points: [point] },
  });
}

/** A mark that a reload would wipe away. */
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { stillTheSame: true }));
const isMarked = (page: Page) => page.evaluate(() => "stillTheSame" in window);

describeInBrowser("an open page", () => {
  test("shows a round, its samples and its metrics as they come, without a reload", async ({ dashboard, open }) => {
    const client = new ApiClient({ url: dashboard.url, token: dashboard.tokens.MEMBER });
    const experimentId = await idOf(client, WATCHED);
    const page = await open();
    const acknowledged = page.waitForEvent("websocket").then((socket) => socket.waitForEvent("framereceived"));
    await page.goto(`/experiments/${experimentId}`);
    await settled(page);
    await mark(page);
    await page.getByText("No round yet").waitFor();
    await acknowledged;
    const { openRound: answer } = await openRound(client, experimentId);
    await logFourSamples(client, answer.round.id, dashboard.seed.roundIds[0] ?? "");
    const rounds = page.getByRole("table", { name: "Rounds", exact: true });
    await rounds.getByRole("cell", { name: "4", exact: true }).waitFor();
    await logMetric(client, answer.round.id);
    await page.getByRole("article", { name: "made-up distance" }).waitFor();
    expect(await isMarked(page)).toBe(true);
  });

  test("polls while there is no socket", async ({ dashboard, open }) => {
    const client = new ApiClient({ url: dashboard.url, token: dashboard.tokens.MEMBER });
    const experimentId = await idOf(client, POLLED);
    const page = await open();
    await page.routeWebSocket(/graphql/, (socket) => socket.close());
    await page.goto(`/experiments/${experimentId}`);
    await page.getByText("No round yet").waitFor();
    await mark(page);
    await openRound(client, experimentId);
    await page.getByRole("table", { name: "Rounds", exact: true }).waitFor();
    expect(await isMarked(page)).toBe(true);
  });
});
