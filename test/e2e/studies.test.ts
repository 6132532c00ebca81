import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { VoteChoice } from "../../shared/enums.ts";
import { comparedRounds } from "../api/compared-rounds.ts";
import { testClient } from "../support/server.ts";
import { Volunteer } from "../support/volunteer.ts";
import { describeInBrowser, settled, test } from "./browser.ts";
import type { Dashboard } from "./dashboard-setup.ts";

const LONG_MS = 120_000;

async function ask({ url, tokens }: Dashboard, query: string, variables: object) {
  const { data, errors } = await testClient(url, tokens).ask(query, variables as Record<string, unknown>);
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** A draft of two rounds with five prompts. @returns its id and name */
async function draftOn(dashboard: Dashboard): Promise<{ id: string; name: string }> {
  const { roundIds } = await comparedRounds(testClient(dashboard.url, dashboard.tokens), 5);
  const name = `draft ${randomUUID()}`;
  const arms = roundIds.map((roundId, i) => ({ name: `arm ${i}`, roundId }));
  const { createStudy } = await ask(
    dashboard,
    "mutation ($input: StudyInput!) { createStudy(input: $input) { study { id } } }",
    { input: { name, arms, practice: false, votesPerItem: 3 } },
  );
  return { id: createStudy.study.id, name };
}

describeInBrowser("what a lab does with its studies", () => {
  test("a draft is edited, a mistake is named at its field, and what was typed is what is stored", {
    timeout: LONG_MS,
  }, async ({ dashboard, open }) => {
    const { id, name } = await draftOn(dashboard);
    const page = await open({ path: `/studies/${id}` });
    await page.getByRole("link", { name: "Edit" }).click();
    await page.getByRole("heading", { name: "Edit the draft" }).waitFor();
    expect(await page.getByLabel("Name").first().inputValue()).toBe(name);
    await page.getByLabel("Question").fill("Which is finer?");
    await page.getByLabel("Only these prompts").fill("0, 2-9");
    await page.getByRole("button", { name: "Save the draft" }).click();
    await page
      .getByText(/Prompt 5 is not there/)
      .first()
      .waitFor();
    await page.getByLabel("Only these prompts").fill("0, 2-4");
    await page.getByRole("button", { name: "Save the draft" }).click();
    await page.getByText("4, 3 votes each").waitFor();
    await page.getByText("Which is finer?").waitFor();
    const { study } = await ask(
      dashboard,
      "query ($id: ID!) { study(id: $id) { promptPositions votesPerItem practice } }",
      { id },
    );
    expect(study).toEqual({ promptPositions: [0, 2, 3, 4], votesPerItem: 3, practice: false });
    await ask(dashboard, "mutation ($id: ID!) { openStudy(id: $id) { study { id } } }", { id });
    await page.goto(`/studies/${id}/edit`);
    await page.getByText("This study was opened and keeps its plan").waitFor();
  });

  test("mistakes are marked at their fields, the first is gone to, and each goes away when its field is changed", {
    timeout: LONG_MS,
  }, async ({ dashboard, open }) => {
    const { id } = await draftOn(dashboard);
    const page = await open({ path: `/studies/${id}/edit` });
    const save = () => page.getByRole("button", { name: "Save the draft" }).click();
    const [positions, votes] = [page.getByLabel("Only these prompts"), page.getByLabel("Votes of each pair")];
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("id"));
    await page.getByText("The plan takes 3 people (5 pairs with 3 votes each, 5 pairs a person).").waitFor();
    await page.getByLabel("Participants", { exact: true }).fill("9");
    await page.getByText("9 participants are more than that").waitFor();
    await positions.fill("a-b");
    await votes.fill("three");
    await save();
    await page.getByText("Give positions or ranges of them").waitFor();
    await page.getByText("Give a whole number from 1, in digits.").waitFor();
    expect(await focused()).toBe(await positions.getAttribute("id"));
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/form.png`, fullPage: true });
    await positions.fill("0-3");
    await page.getByText("Give positions or ranges of them").waitFor({ state: "detached" });
    await votes.fill("3");
    await page.getByLabel("Only with the tag").fill("nonsense");
    await save();
    await page.getByText('No prompt has the tag "nonsense".').waitFor();
    expect(await focused()).toBe(await page.getByLabel("Only with the tag").getAttribute("id"));
    await page.getByLabel("Only with the tag").fill("");
    await save();
    await page.getByText("4, 3 votes each").waitFor();
  });

  test("the page of a study shows its whole plan, and the text that was frozen", { timeout: LONG_MS }, async ({
    dashboard,
    open,
  }) => {
    const { id } = await draftOn(dashboard);
    await ask(dashboard, "mutation ($id: ID!) { openStudy(id: $id) { study { id } } }", { id });
    const page = await open({ path: `/studies/${id}` });
    await page.getByText("votes faster than 300 ms").waitFor();
    await page.getByText("The frozen plan").click();
    await page.getByText('"identicalPairsLeftOut": 0').waitFor();
    const { study } = await ask(dashboard, "query ($id: ID!) { study(id: $id) { plan planSha256 } }", { id });
    const href = await page.getByRole("link", { name: "Download" }).getAttribute("href");
    expect(decodeURIComponent(href?.split(",").slice(1).join(",") ?? "")).toBe(study.plan);
    await page.getByText(study.planSha256).waitFor();
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/plan.png`, fullPage: true });
  });

  test("a draft is deleted after a question, and is gone from the list", { timeout: LONG_MS }, async ({
    dashboard,
    open,
  }) => {
    const { id, name } = await draftOn(dashboard);
    const page = await open({ path: `/studies/${id}` });
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { name: "User studies" }).waitFor();
    await settled(page);
    expect(await page.getByRole("link", { name }).count()).toBe(0);
    expect((await ask(dashboard, "query ($id: ID!) { study(id: $id) { id } }", { id })).study).toBeNull();
  });

  test("an invite is revoked and a participant deleted, votes and all", { timeout: LONG_MS }, async ({
    dashboard,
    open,
  }) => {
    const { id } = await draftOn(dashboard);
    await ask(dashboard, "mutation ($id: ID!) { openStudy(id: $id) { study { id } } }", { id });
    const { inviteParticipants } = await ask(
      dashboard,
      "mutation ($input: InviteParticipantsInput!) { inviteParticipants(input: $input) { invites { token } } }",
      { input: { studyId: id, count: 2 } },
    );
    const [first, second] = inviteParticipants.invites.map(
      ({ token }: { token: string }) => new Volunteer(dashboard.url, token),
    ) as [Volunteer, Volunteer];
    await first.voteAll(() => VoteChoice.LEFT);
    const page = await open({ path: `/studies/${id}` });
    const people = page.getByRole("table", { name: "People who were invited or came" });
    await people.getByRole("row", { name: /^Participant 1 an invite .*finished/ }).waitFor();
    await people.getByRole("button", { name: "Revoke the link of participant 2" }).click();
    await page.getByRole("button", { name: "Revoke the link", exact: true }).click();
    await people.getByRole("row", { name: /^Participant 2 an invite .*revoked/ }).waitFor();
    expect((await second.open()).status).toBe(404);
    await people.getByRole("button", { name: "Delete participant 1" }).click();
    await page.getByText(/5 votes with it/).waitFor();
    await page.getByRole("button", { name: "Delete the participant" }).click();
    await people.getByRole("row", { name: /^Participant 1 an invite/ }).waitFor({ state: "detached" });
    await page.getByText("0 of 15").waitFor();
    expect((await first.open()).status).toBe(404);
  });

  test("votes become pairs beside a model's own; how far its certainty is borne out is drawn", {
    timeout: LONG_MS,
  }, async ({ dashboard, open }) => {
    const page = await open({ path: `/studies/${dashboard.seed.studyId}` });
    await page
      .getByRole("img", { name: /^Reliability of R: predicted/ })
      .first()
      .waitFor();
    const record = async () => {
      await page.getByRole("button", { name: "Use the votes" }).click();
      const dialog = page.getByRole("dialog");
      // A model whose pairs no other test counts.
      await dialog.getByLabel("Beside the pairs of").selectOption({ label: "Round 2: R, failing, failed" });
      await dialog.getByRole("button", { name: "Record pairs" }).click();
      const said = await dialog.getByRole("status").textContent();
      await dialog.getByRole("button", { name: "Done" }).click();
      return said;
    };
    expect(await record()).toMatch(/^\d+ pairs? w(as|ere) recorded/);
    expect(await record()).toMatch(/^No new pairs were recorded/);
  });
});
