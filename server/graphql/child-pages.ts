import type { EntityManager } from "typeorm";
import { type ListQuery, type Page, type PageArgs, pageOf, pageSql } from "./connection.ts";
import type { LoaderDefinition } from "./loader.ts";

/** A list that each parent has one of. In `where`, $1 is taken by the parents; `params` begin with $2. */
export interface ChildListQuery extends Omit<ListQuery, "count"> {
  /** The column that points to the parent, a uuid. */
  parent: string;
}

/** Key of a page for `pagesByParent`: whose list, and which page of it, with any filters. */
export const pageKey = (parentId: string, args: PageArgs): string => JSON.stringify([parentId, args]);

/**
 * Pages of the lists of many parents, by `pageKey`: one statement for all parents whose page was asked for in the same
 * words, and one for all their counts where those are asked for.
 */
export function pagesByParent<T, Args extends PageArgs = PageArgs>(
  name: string,
  queryOf: (db: EntityManager, args: Args) => ChildListQuery,
): LoaderDefinition<string, Page<T>> {
  return {
    name,
    async loadMany(db, keys) {
      const groups = new Map<string, string[]>();
      for (const key of keys) {
        const [parentId, args] = JSON.parse(key);
        const words = JSON.stringify(args);
        groups.set(words, [...(groups.get(words) ?? []), parentId]);
      }
      const pages = new Map<string, Page<T>>();
      for (const [words, parents] of groups) {
        const args: Args = JSON.parse(words);
        for (const [parentId, page] of await pagesOf<T>(db, queryOf(db, args), { parents, args }))
          pages.set(pageKey(parentId, args), page);
      }
      return keys.map((key) => pages.get(key) as Page<T>);
    },
  };
}

async function pagesOf<T>(
  db: EntityManager,
  query: ChildListQuery,
  { parents, args }: { parents: string[]; args: PageArgs },
): Promise<Map<string, Page<T>>> {
  const params = [parents, ...(query.params ?? [])];
  const { window, select, where, order } = pageSql(query, args, params);
  const rows: (T & { __cursor: string[]; __parent: string })[] = await db.query(
    `select page.*, parent.id as "__parent" from unnest($1::uuid[]) as parent(id) cross join lateral (
       select ${select} from ${query.from} where ${[`${query.parent} = parent.id`, ...where].join(" and ")} order by ${order}) page`,
    params,
  );
  const rowsOf = new Map<string, (T & { __cursor: string[] })[]>(parents.map((id) => [id, []]));
  for (const { __parent, ...row } of rows) rowsOf.get(__parent)?.push(row as never);
  let counts: Promise<Map<string, number>> | undefined;
  const countOf = async (parentId: string) => {
    counts ??= countsOf(db, query, parents);
    return (await counts).get(parentId) ?? 0;
  };
  return new Map(
    [...rowsOf].map(([parentId, own]) => [
      parentId,
      pageOf<T>(own, { window, ordering: query.ordering }, () => countOf(parentId)),
    ]),
  );
}

async function countsOf(db: EntityManager, query: ChildListQuery, parents: string[]): Promise<Map<string, number>> {
  const where = [`${query.parent} = any($1)`, ...(query.where ?? [])].join(" and ");
  const rows: { id: string; n: number }[] = await db.query(
    `select ${query.parent} as id, count(*)::int as n from ${query.from} where ${where} group by 1`,
    [parents, ...(query.params ?? [])],
  );
  return new Map(rows.map(({ id, n }) => [id, n]));
}
