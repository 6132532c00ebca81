import type { ApiClient } from "../../shared/api-client.ts";
import { VoteChoice } from "../../shared/enums.ts";
import { Volunteer } from "../support/volunteer.ts";

const PEOPLE = 5;

async function make(client: ApiClient, input: object): Promise<string> {
  const { createStudy } = await client.ask<{ createStudy: { study: { id: string } } }>(
    "mutation ($input: StudyInput!) { createStudy(input: $input) { study { id } } }",
    { input },
  );
  return createStudy.study.id;
}

/** A study of three arms with the votes of some people, and a draft of two. */
export async function seedStudies(
  url: string,
  client: ApiClient,
  { roundIds, rewardModelIds }: { roundIds: string[]; rewardModelIds: string[] },
): Promise<{ studyId: string; draftStudyId: string }> {
  const [roundId, laterRoundId] = roundIds;
  const [rewardModelId] = rewardModelIds;
  const checks = { attentionChecks: 1, repeats: 1, minResponseMs: 300, allowTies: true };
  const studyId = await make(client, {
    ...{ name: "Best of K against a first sample", promptCount: 12, votesPerItem: PEOPLE, ...checks },
    arms: [
      { name: "First sample", roundId },
      { name: "Best of 4", roundId, selection: "BEST_OF_K", rewardModelId },
      { name: "Last sample", roundId, k: 3 },
    ],
  });
  await client.ask("mutation ($id: ID!) { openStudy(id: $id) { study { id } } }", { id: studyId });
  const { createStudyLink } = await client.ask<{ createStudyLink: { token: string } }>(
    "mutation ($id: ID!) { createStudyLink(id: $id) { token } }",
    { id: studyId },
  );
  for (let person = 0; person < PEOPLE; person++) {
    const volunteer = await Volunteer.join(url, createStudyLink.token);
    let cast = 0;
    await volunteer.voteAll(() => {
      cast++;
      return cast % 7 === 0 ? VoteChoice.TIE : (cast * 5 + person) % 3 === 0 ? VoteChoice.LEFT : VoteChoice.RIGHT;
    });
  }
  const draftStudyId = await make(client, {
    name: "After DPO against before",
    arms: [
      { name: "Before", roundId },
      { name: "After", roundId: laterRoundId },
    ],
  });
  return { studyId, draftStudyId };
}
