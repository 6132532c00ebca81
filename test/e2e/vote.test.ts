import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { VoteChoice } from "../../shared/enums.ts";
import { SECRET_WORDS } from "../api/compared-rounds.ts";
import { clipOf } from "../support/clip.ts";
import { cuttableLine } from "../support/cuttable-line.ts";
import { testClient } from "../support/server.ts";
import { Volunteer } from "../support/volunteer.ts";
import { describeInBrowser, test } from "./browser.ts";
import { framesOf, IN_STEP } from "./clips.ts";
import type { Dashboard } from "./dashboard-setup.ts";
import { openStudy } from "./open-study.ts";

const LONG_MS = 120_000;
const STUDY_MS = 300_000;
const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const begin = (page: Page) => page.getByRole("button", { name: "I agree and begin" }).click();
const place = (page: Page) => page.locator("progress").getAttribute("value").then(Number);

/** Waits until the pair can be judged, and a little, as a person does. */
async function pairReady(page: Page): Promise<void> {
  await page.locator("button[aria-disabled=false] :is(img, canvas)").first().waitFor();
  await page.waitForTimeout(350);
}

/** Chooses by a key and waits until the page has moved on. */
async function press(page: Page, key: string): Promise<void> {
  const before = await place(page);
  await pairReady(page);
  await page.keyboard.press(key);
  await page.waitForFunction(
    (old) => Number(document.querySelector("progress")?.getAttribute("value") ?? old + 1) !== old,
    before,
  );
}

async function progressOf({ url, tokens }: Dashboard, id: string) {
  const { data } = await testClient(url, tokens).ask(
    "query ($id: ID!) { study(id: $id) { progress { votes joined finished } } }",
    { id },
  );
  return data.study.progress;
}

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).withTags(STANDARDS).analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describeInBrowser("the vote page", () => {
  test("from the link to the code, by keyboard; a reload and another device go on", { timeout: LONG_MS }, async ({
    dashboard,
    open,
  }) => {
    const { id, link } = await openStudy(dashboard, 6, {
      completionCode: "C-77",
      redirectUrl: "https://example.org/done",
    });
    const page = await open({ path: `/vote/${link}?PROLIFIC_PID=p1`, role: null });
    await page.getByRole("heading", { name: "Compare images" }).waitFor();
    expect((await progressOf(dashboard, id)).joined).toBe(0);
    await begin(page);
    await page.getByText("Practice, does not count").waitFor();
    for (const key of ["ArrowLeft", "ArrowRight", "1"]) await press(page, key);
    expect(await place(page)).toBe(3);
    await page.keyboard.press("Backspace");
    await page.waitForFunction(() => document.querySelector("progress")?.getAttribute("value") === "2");
    await press(page, "2");
    expect(page.url()).not.toContain(link);
    await page.waitForFunction(() => Object.keys(localStorage).every((name) => !name.startsWith("ballot-vote")));
    await page.reload();
    await page.getByText("3 of 7").waitFor();
    const phone = await open({ path: page.url(), role: null, width: 390, scheme: "dark" });
    await phone.getByText("3 of 7").waitFor();
    for (let i = 0; i < 4; i++) await press(phone, "ArrowRight");
    await phone.getByRole("heading", { name: "Thank you" }).waitFor();
    await phone.getByText("C-77").waitFor();
    expect(await phone.getByRole("link", { name: "Go on" }).getAttribute("href")).toBe("https://example.org/done");
    expect(await progressOf(dashboard, id)).toEqual({ votes: 6, joined: 1, finished: 1 });
  });

  test("offline: votes are kept and sent once, across a closed tab; double clicks count once", {
    timeout: LONG_MS,
  }, async ({ dashboard, open, expectedComplaints }) => {
    expectedComplaints.push(/ERR_INTERNET_DISCONNECTED|Failed to load resource|ERR_FAILED/);
    const { id, link } = await openStudy(dashboard, 14, { practice: false });
    const page = await open({ path: `/vote/${link}`, role: null });
    await begin(page);
    await press(page, "1");
    await pairReady(page);
    // Both halves of a double click fall on one pair.
    await page.getByRole("button", { name: /^Left \W/ }).dblclick();
    await page.getByText("2 of 14").waitFor();
    await page.waitForTimeout(1500);
    await page.context().setOffline(true);
    for (let i = 0; i < 4; i++) await press(page, "ArrowRight");
    await page.getByText(/Offline: 4 answers are kept here/).waitFor();
    expect((await progressOf(dashboard, id)).votes).toBe(2);
    // The tab is closed while it is offline: another one of the same browser sends what it kept.
    const address = page.url();
    const again = await page.context().newPage();
    await page.close();
    await page.context().setOffline(false);
    await again.goto(address);
    await again.getByText("6 of 14").waitFor();
    expect((await progressOf(dashboard, id)).votes).toBe(6);
    for (let i = 0; i < 8; i++) await press(again, "1");
    await again.getByRole("heading", { name: "Thank you" }).waitFor();
    expect(await progressOf(dashboard, id)).toEqual({ votes: 14, joined: 1, finished: 1 });
  });

  test("what was taken back stays taken back when the tab is closed, online and offline", { timeout: LONG_MS }, async ({
    dashboard,
    open,
    expectedComplaints,
  }) => {
    expectedComplaints.push(/ERR_INTERNET_DISCONNECTED|Failed to load resource|ERR_FAILED/);
    const { id, link } = await openStudy(dashboard, 14, { practice: false });
    const first = await open({ path: `/vote/${link}`, role: null });
    await begin(first);
    for (let i = 0; i < 2; i++) await press(first, "1");
    const undo = async (page: Page, left: number) => {
      await page.keyboard.press("Backspace");
      await page.getByText(`${left} of 14`).waitFor();
    };
    const reopened = async (page: Page, done: number) => {
      const again = await page.context().newPage();
      await page.close();
      await page.context().setOffline(false);
      await again.goto(address);
      await again.getByText(`${done} of 14`).waitFor();
      await again.waitForFunction(() => Object.keys(localStorage).every((name) => !name.startsWith("ballot-vote")));
      expect((await progressOf(dashboard, id)).votes).toBe(done);
      return again;
    };
    const address = first.url();
    await undo(first, 1);
    await first.waitForFunction(() => Object.keys(localStorage).every((name) => !name.startsWith("ballot-vote")));
    const second = await reopened(first, 1);
    await press(second, "1");
    await second.waitForFunction(() => Object.keys(localStorage).every((name) => !name.startsWith("ballot-vote")));
    await second.context().setOffline(true);
    await undo(second, 1);
    await press(second, "2");
    await second.getByText("Offline: 1 answer is kept here").waitFor();
    await press(second, "2");
    await undo(second, 2);
    await second.getByText("Offline: 1 answer is kept here").waitFor();
    await reopened(second, 2);
  });

  test("opened once, the page opens without a connection, with its queued votes and the pairs ahead; nothing else is kept", {
    timeout: LONG_MS,
  }, async ({ dashboard, open, expectedComplaints }) => {
    expectedComplaints.push(/ERR_CONNECTION|ERR_EMPTY_RESPONSE|Failed to load resource/);
    const { id, link, artifacts } = await openStudy(dashboard, 14, { practice: false });
    const line = await cuttableLine(dashboard.url);
    const page = await open({ path: `${line.url}/vote/${link}`, role: null });
    const context = page.context();
    await begin(page);
    await press(page, "1");
    await page.waitForFunction(async () => (await (await caches.open("vote-images")).keys()).length >= 12);
    await line.cut();
    for (let i = 0; i < 2; i++) await press(page, "ArrowRight");
    const own = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    await page.close();
    // Every answer of the server has a nonce of its own, so two pages with one nonce are the one that was kept.
    const nonces = new Set<string>();
    // By the address it had, and by the link that it was first opened with.
    for (const [path, done] of [
      [`/vote/${own}`, 3],
      [`/vote/${link}`, 4],
    ] as const) {
      const again = await context.newPage();
      await again.goto(line.url + path);
      await again.getByText(`${done} of 14`).waitFor();
      await again.getByText(`Offline: ${done - 1} answers are kept here`).waitFor();
      await press(again, "2");
      nonces.add(await again.evaluate(() => document.querySelector("script")?.nonce ?? ""));
      await again.close();
    }
    expect([nonces.size, nonces.has("")]).toEqual([1, false]);
    expect((await progressOf(dashboard, id)).votes).toBe(1);
    await line.mend();
    const last = await context.newPage();
    await last.goto(`${line.url}/vote/${own}`);
    await last.getByText("5 of 14").waitFor();
    expect((await progressOf(dashboard, id)).votes).toBe(5);
    const kept = await last.evaluate(async () => {
      const found: string[] = [];
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
          const answer = await cache.match(request);
          const headers = [...(answer?.headers.entries() ?? [])].flat().join(" ");
          found.push(`${new URL(request.url).pathname}\n${headers}\n${await answer?.text()}`);
        }
      }
      return found;
    });
    expect(kept.filter((one) => !/^\/(vote\/shell|_next\/static\/.*|ballots\/images\/.*)\n/.test(one))).toEqual([]);
    const secrets = [own, link, SECRET_WORDS, "arm 0", "arm 1", id, ...artifacts.flat()];
    expect(secrets.filter((secret) => kept.some((one) => one.includes(secret)))).toEqual([]);
    const scopes = await last.evaluate(async () =>
      (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => new URL(scope).pathname),
    );
    expect(scopes).toEqual(["/vote/"]);
    await last.goto(`${line.url}/sign-in`);
    expect(await last.evaluate(() => navigator.serviceWorker.controller)).toBeNull();
    await line.cut();
  });

  test("clips play in step and begin anew together; they can be paused, and rest for who wants less motion", {
    timeout: LONG_MS,
  }, async ({ dashboard, open }) => {
    const delays = [
      [80, 80, 80, 80, 80],
      [200, 200, 200],
    ];
    const draw = (arm: number, prompt: number) =>
      clipOf(
        (delays[arm] ?? []).map((ms, frame) => ({ colour: [80 + 40 * frame, 60 * arm, 20 * prompt] as const, ms })),
        { width: 96, height: 64 },
      );
    const { id, link } = await openStudy(dashboard, 2, { practice: false }, draw);
    const page = await open({ path: `/vote/${link}`, role: null });
    await begin(page);
    await pairReady(page);
    const frames = (ms: number) => framesOf(page, "body", ms);
    expect(await frames(300)).toEqual(["0 0"]);
    await page.getByRole("button", { name: "Play the clips" }).click();
    const seen = await frames(2000);
    const inStep = new Set(IN_STEP);
    const turned = (pair: string) => pair.split(" ").reverse().join(" ");
    // Which arm is on which side is by lot.
    expect(seen.every((pair) => inStep.has(pair)) || seen.every((pair) => inStep.has(turned(pair)))).toBe(true);
    expect(seen.filter((pair) => pair === "0 0").length).toBeGreaterThan(1);
    expect(await violations(page)).toEqual([]);
    if (process.env.SCREENSHOTS)
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/vote-clips-light-1280.png` });
    await page.getByRole("button", { name: "Pause the clips" }).click();
    expect((await frames(500)).length).toBe(1);
    for (let i = 0; i < 2; i++) await press(page, "ArrowLeft");
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    expect((await progressOf(dashboard, id)).votes).toBe(2);
  });

  test("the paper's study, 14 volunteers and 50 prompts, two of them at this page with the network cut and restored: every vote once", {
    timeout: STUDY_MS,
  }, async ({ dashboard, open, expectedComplaints }) => {
    expectedComplaints.push(/ERR_INTERNET_DISCONNECTED|Failed to load resource|ERR_FAILED/);
    const { id, link } = await openStudy(dashboard, 50, { practice: false, votesPerItem: 14, targetParticipants: 14 });
    const byPage = async (width: number) => {
      const page = await open({ path: `/vote/${link}`, role: null, width });
      await begin(page);
      for (let vote = 1; vote <= 50; vote++) {
        await press(page, vote % 4 === 0 ? "1" : "ArrowRight");
        if (vote % 20 === 10 && vote < 50) await page.context().setOffline(true);
        if (vote % 20 === 13) await page.context().setOffline(false);
      }
      await page.getByRole("heading", { name: "Thank you" }).waitFor();
    };
    const byApi = async () => {
      const volunteer = await Volunteer.join(dashboard.url, link);
      let cast = 0;
      await volunteer.voteAll(() => (cast++ % 4 === 0 ? VoteChoice.LEFT : VoteChoice.RIGHT));
    };
    await Promise.all([byPage(1280), byPage(390), ...Array.from({ length: 12 }, byApi)]);
    expect(await progressOf(dashboard, id)).toEqual({ votes: 700, joined: 14, finished: 14 });
    const { data } = await testClient(dashboard.url, dashboard.tokens).ask(
      "query ($id: ID!) { study(id: $id) { analysis(exclusions: false) { items { wins losses } } } }",
      { id },
    );
    const perItem: number[] = data.study.analysis.items.map(
      (item: { wins: number; losses: number }) => item.wins + item.losses,
    );
    expect(perItem).toEqual(Array(50).fill(14));
    await expect(Volunteer.join(dashboard.url, link)).rejects.toThrow(/all the answers it needs/);
  });

  test("nothing that the browser receives tells where an image comes from", { timeout: LONG_MS }, async ({
    dashboard,
    open,
  }) => {
    const { id, link, artifacts } = await openStudy(dashboard, 3, { practice: false });
    const page = await open({ role: null });
    const received: string[] = [];
    const reading: Promise<void>[] = [];
    page.on("response", (response) => {
      received.push(response.url(), ...Object.values(response.headers()));
      reading.push(
        response.body().then(
          (body) => void received.push(body.toString("latin1")),
          () => undefined,
        ),
      );
    });
    await page.goto(`/vote/${link}`);
    await begin(page);
    for (let i = 0; i < 3; i++) await press(page, "1");
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    await Promise.all(reading);
    received.push(await page.content());
    const all = received.join("\n");
    const secrets = [SECRET_WORDS, "arm 0", "arm 1", id, ...artifacts.flat()];
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
    // None of the dashboard's code either: what it asks, and the library it asks with.
    expect(all.match(/ApolloClient|InMemoryCache|mantine|studyUpdated|rewardModel|.{9}experiments\(/gi) ?? []).toEqual(
      [],
    );
  });

  test("WCAG 2.2 AA in both schemes, nothing scrolls sideways on a phone", { timeout: LONG_MS }, async ({
    dashboard,
    open,
  }) => {
    const { link } = await openStudy(dashboard, 2, {
      allowTies: true,
      allowCannotJudge: true,
      instructions: "# Look\n\n- *closely*\n- at **both**",
    });
    const page = await open({ path: `/vote/${link}`, role: null });
    const check = async (name: string) => {
      for (const [scheme, width] of [
        ["light", 1280],
        ["dark", 390],
      ] as const) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: 844 });
        expect([name, scheme, await overflow(page)]).toEqual([name, scheme, 0]);
        expect(await violations(page)).toEqual([]);
        if (process.env.SCREENSHOTS)
          await page.screenshot({ path: `${process.env.SCREENSHOTS}/vote-${name}-${scheme}-${width}.png` });
      }
    };
    await page.getByRole("heading", { name: "Compare images" }).waitFor();
    await check("welcome");
    await begin(page);
    await pairReady(page);
    await check("pair");
    await page.getByRole("button", { name: "Look closer" }).click();
    await check("zoom");
    await page.keyboard.press("Escape");
    await press(page, "0");
    await press(page, "3");
    await press(page, "1");
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    await check("thanks");
    await page.getByText("Your link, or withdraw").click();
    await page.getByRole("button", { name: "Withdraw from the study" }).click();
    await check("leave");
    await page.getByRole("button", { name: "Delete my answers" }).click();
    await page.getByRole("heading", { name: "You have withdrawn" }).waitFor();
  });
});
