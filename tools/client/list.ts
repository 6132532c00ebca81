import type { ApiClient } from "../../shared/api-client.ts";

interface Connection<T> {
  nodes: T[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** Reads a connection to its end, page by page. `query` calls it `list`, at the root or below `parent`, and takes $after. */
export async function* everyNode<T>(
  client: ApiClient,
  query: string,
  variables: Record<string, unknown> = {},
): AsyncGenerator<T> {
  let after: string | null = null;
  do {
    const answer: { list?: Connection<T>; parent?: { list: Connection<T> } } = await client.ask(query, {
      ...variables,
      after,
    });
    const page = answer.list ?? answer.parent?.list;
    if (!page) return;
    yield* page.nodes;
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after);
}

/** @returns the one object of that name, or null */
export async function findByName<T extends { name: string }>(
  client: ApiClient,
  query: string,
  name: string,
): Promise<T | null> {
  for await (const node of everyNode<T>(client, query, { name })) if (node.name === name) return node;
  return null;
}

/** Runs a creating mutation. @returns the new object's id */
export async function create(client: ApiClient, operation: string, input: Record<string, unknown>): Promise<string> {
  const answer = await client.ask<Record<string, Record<string, { id: string }>>>(operation, { input });
  const made = Object.values(Object.values(answer)[0] ?? {})[0];
  if (!made) throw new Error("The server answered without the object it made.");
  return made.id;
}
