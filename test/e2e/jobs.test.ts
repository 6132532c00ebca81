import type { Page } from "playwright-core";
import { expect } from "vitest";
import { ApiClient } from "../../shared/api-client.ts";
import { Role } from "../../shared/enums.ts";
import { AXE_MS, expectAccessible } from "./accessibility.ts";
import { describeInBrowser, settled, test } from "./browser.ts";
import { SeedWorker } from "./seed-worker.ts";

/** How a worker ends a job that measured nothing. */
const MEASURED = { result: { scored: 0, samples: 0, ranked: 0, sets: [] } };

const measure = (client: ApiClient, roundId: string | undefined, resamples: number) =>
  client.ask("mutation ($input: MeasureRoundInput!) { measureRound(input: $input) { job { id } } }", {
    input: { roundId, resamples },
  });

/** Once the page listens for jobs that end. */
const listening = (page: Page) =>
  page
    .waitForEvent("websocket")
    .then((socket) => socket.waitForEvent("framesent", ({ payload }) => String(payload).includes("JobEnds")));

describeInBrowser("a job that fails", () => {
  test("raises a notice that leads to why; tried again, it goes on and leads to what it made", {
    timeout: AXE_MS,
  }, async ({ dashboard, open }) => {
    const member = new ApiClient({ url: dashboard.url, token: dashboard.tokens.MEMBER });
    const worker = new SeedWorker(new ApiClient({ url: dashboard.url, token: dashboard.tokens.WORKER }));
    const [roundId] = dashboard.seed.roundIds;
    const page = await open();
    const ready = listening(page);
    await page.goto("/attribution");
    await settled(page);
    await ready;
    await measure(member, roundId, 7);
    const lease = await worker.lease("MEASURE_ROUND");
    await worker.report(lease, { progress: 0.3, message: "encoding 40 of 144 images", log: "reading\n" });
    await worker.finish(lease, { error: "The worker's disk is full.", final: true });

    const notices = page.getByRole("region", { name: "Notices" });
    const notice = notices.getByRole("link", { name: "Measure round failed" });
    await notice.waitFor();
    expect(await notices.getByRole("status").textContent()).toBe("Measure round failed: Flat shapes, round 1");
    await expectAccessible(page, "notice of a failed job");
    await notice.click();
    await page.waitForURL(/jobs\?job=/);
    await page.getByText("The worker's disk is full.").waitFor();
    expect(await notice.count()).toBe(0);
    const viewer = await open({ path: page.url(), role: Role.VIEWER });
    await viewer.getByText("The worker's disk is full.").waitFor();
    expect(await viewer.getByRole("button", { name: /Try again/ }).count()).toBe(0);

    await page.getByRole("button", { name: "Try again: Measure round" }).click();
    await page.getByText("Tried again:").getByRole("link", { name: "queued" }).click();
    await page.getByRole("article", { name: "Measure round, queued" }).waitFor();
    await worker.finish(await worker.lease("MEASURE_ROUND"), MEASURED);
    await notices.getByRole("link", { name: "Measure round has finished" }).waitFor();
    const done = page.getByRole("article", { name: "Measure round, succeeded" });
    await done.getByText(/ran for .* seed-1 · CUDA, NVIDIA H100/).waitFor();
    await notices.getByRole("button", { name: /^Dismiss/ }).click();
    await expectAccessible(page, "a job that was tried again");
    await done.getByRole("link", { name: "What it made" }).click();
    await page.waitForURL((url) => url.pathname === `/rounds/${roundId}`);
  });
});

const askForWork = (client: ApiClient) =>
  client.ask("mutation ($input: LeaseJobInput!) { leaseJob(input: $input) { leaseToken } }", {
    input: { worker: "idle-1:7", kinds: ["NO_SUCH_WORK"], provider: "CPU", device: "AMD EPYC" },
  });

describeInBrowser("the page of jobs", () => {
  test("says which workers there are, idle ones too, and what each has to do", { timeout: AXE_MS }, async ({
    dashboard,
    open,
  }) => {
    const client = new ApiClient({ url: dashboard.url, token: dashboard.tokens.WORKER });
    // As a worker does, so that it does not fall silent while this takes its time.
    const asking = setInterval(() => void askForWork(client), 2_000);
    // one of its own: other tests cancel what the seed's worker has to do
    const member = new ApiClient({ url: dashboard.url, token: dashboard.tokens.MEMBER });
    await measure(member, dashboard.seed.roundIds[0], 8 + (Date.now() % 1000)); // a job of this try
    const worker = new SeedWorker(client, "busy-1:7");
    const lease = await worker.lease("MEASURE_ROUND");
    const stop = worker.linger(lease);
    try {
      const page = await open({ path: "/jobs" });
      const workers = page.getByRole("table", { name: "Workers" });
      const idle = workers.getByRole("row", { name: /idle-1:7/ });
      await idle.getByText("CPU, AMD EPYC").waitFor();
      await idle.getByText("idle", { exact: true }).waitFor();
      const busy = workers.getByRole("row", { name: /busy-1:7/ });
      await busy.getByText("busy", { exact: true }).waitFor();
      await expectAccessible(page, "jobs with workers");
      await busy.getByRole("link").click();
      await page.waitForURL(/jobs\?job=/);
    } finally {
      clearInterval(asking);
      stop();
      await worker.finish(lease, MEASURED);
    }
  });
});
