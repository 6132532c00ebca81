import { randomUUID } from "node:crypto";
import { comparedRounds } from "../api/compared-rounds.ts";
import { testClient } from "../support/server.ts";
import type { Dashboard } from "./dashboard-setup.ts";

export interface OpenStudy {
  id: string;
  /** Token of the open link. */
  link: string;
  /** [arm][prompt] */
  artifacts: string[][];
}

/** An open study on the shared dashboard's server, of two rounds of its own. @param draw as of `comparedRounds` */
export async function openStudy(
  { url, tokens }: Dashboard,
  prompts: number,
  changes: object = {},
  draw?: Parameters<typeof comparedRounds>[3],
): Promise<OpenStudy> {
  const client = testClient(url, tokens);
  const { roundIds, artifacts } = await comparedRounds(client, prompts + 1, 2, draw);
  const mutate = async (text: string, variables: object) => {
    const { data, errors } = await client.ask(text, variables as Record<string, unknown>);
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const input = {
    name: `study ${randomUUID()}`,
    arms: roundIds.map((roundId, i) => ({ name: `arm ${i}`, roundId })),
    promptPositions: Array.from({ length: prompts }, (_, i) => i),
    votesPerItem: 50,
    ...changes,
  };
  const { createStudy } = await mutate(
    "mutation ($input: StudyInput!) { createStudy(input: $input) { study { id } } }",
    { input },
  );
  const { id } = createStudy.study;
  await mutate("mutation ($id: ID!) { openStudy(id: $id) { study { id } } }", { id });
  const { createStudyLink } = await mutate("mutation ($id: ID!) { createStudyLink(id: $id) { token } }", { id });
  return { id, link: createStudyLink.token, artifacts };
}
