import { Arg, ArgsType, type ClassType, Field, FieldResolver, Int, ObjectType, Resolver, Root } from "type-graphql";
import type { EntityManager } from "typeorm";
import { UserError } from "../../shared/user-error.ts";
import { prepared } from "../database/prepared.ts";

/** Size of a page when none is asked for. */
export const DEFAULT_PAGE = 50;
/** Largest page of any list. */
export const MAX_PAGE = 1000;
/** Most marks of a list: with one every 100 rows, a million rows. */
export const MAX_MARKS = 10_000;

@ObjectType()
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;
  @Field(() => Boolean)
  hasPreviousPage!: boolean;
  @Field(() => String, { nullable: true })
  startCursor!: string | null;
  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

/** Relay's paging arguments. Forward with first/after or backward with last/before, never both. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `Page size from the start, 1 to ${MAX_PAGE}; ${DEFAULT_PAGE} by default.`,
  })
  first?: number | null;
  @Field(() => String, { nullable: true, description: "Start after this cursor." })
  after?: string | null;
  @Field(() => Int, { nullable: true, description: `Page size from the end, 1 to ${MAX_PAGE}.` })
  last?: number | null;
  @Field(() => String, { nullable: true, description: "End before this cursor." })
  before?: string | null;
}

export interface Page<T> {
  edges: { node: T; cursor: string }[];
  nodes: T[];
  pageInfo: PageInfo;
  count: () => Promise<number>;
}

/** A page of a list in which any place can be gone to. */
export interface SeekablePage<T> extends Page<T> {
  cursorOfEvery: (every: number) => Promise<string[]>;
}

/** The connection type of a list: edges, nodes, pageInfo and a totalCount that costs nothing unless asked for. */
export function connectionOf<T extends object>(node: ClassType<T>, name: string) {
  @ObjectType(`${name}Edge`)
  class Edge {
    @Field(() => node)
    node!: T;
    @Field(() => String)
    cursor!: string;
  }
  @ObjectType(`${name}Connection`)
  class Connection {
    @Field(() => [Edge])
    edges!: Edge[];
    @Field(() => [node], { description: "The edges' nodes." })
    nodes!: T[];
    @Field(() => PageInfo)
    pageInfo!: PageInfo;
    count!: () => Promise<number>;
    @Field(() => Int, { description: "All rows of the list, whatever the page; counted only when asked for." })
    totalCount(): Promise<number> {
      return this.count();
    }
  }
  return Connection;
}

/** The resolver of `marks`, for the connection type of a list of seekable pages. */
export function marksOf(connection: ClassType) {
  @Resolver(() => connection)
  class MarksResolver {
    @FieldResolver(() => [String], {
      description: `Cursors of every n-th row of the whole list, whatever the page: after marks[i] comes row (i + 1) * n, counted from 0, so that any place of the list is one page away. ${MAX_MARKS} at most.`,
    })
    marks(
      @Root() page: SeekablePage<unknown>,
      @Arg("every", () => Int, { description: `n: rows from mark to mark, 1 to ${MAX_PAGE}.` }) every: number,
    ): Promise<string[]> {
      return page.cursorOfEvery(every);
    }
  }
  return MarksResolver;
}

/**
 * A total order by columns that all run the same way; the last column is unique. `type` is the column's Postgres type,
 * one of COLUMN_TEXT.
 */
export interface Ordering {
  name: string;
  columns: { sql: string; type: string }[];
  descending?: boolean;
}

export interface ListQuery {
  select: string;
  from: string;
  where?: string[];
  params?: unknown[];
  ordering: Ordering;
  /** A cheaper count than counting the list, where one is kept. */
  count?: () => Promise<number>;
  /** What the list is counted and marked by, where fewer tables than `from` and `where` name say the same. */
  walk?: { from: string; where: string[] };
}

/** SQL of one JSON value about the rows of a page, which are the table `shown` to it; `add` makes a parameter of a value. */
export type AlsoSql = (add: (value: unknown) => string) => string;

interface Window {
  size: number;
  backward: boolean;
  cursor: string | null;
}

function windowOf(args: PageArgs): Window {
  const backward = args.last != null || (args.before != null && args.first == null);
  if (backward && (args.first != null || args.after != null))
    throw new UserError("BAD_INPUT", "Page forward with first/after or backward with last/before, not both.", "last");
  const size = (backward ? args.last : args.first) ?? DEFAULT_PAGE;
  if (size < 1 || size > MAX_PAGE)
    throw new UserError("BAD_INPUT", `A page has 1 to ${MAX_PAGE} rows, got ${size}.`, backward ? "last" : "first");
  return { size, backward, cursor: (backward ? args.before : args.after) ?? null };
}

const encode = (ordering: Ordering, values: string[]): string =>
  Buffer.from(JSON.stringify([ordering.name, ...values])).toString("base64url");

/** What Postgres accepts as text of each column type that lists are ordered by. */
const COLUMN_TEXT: Record<string, (value: string) => boolean> = {
  uuid: (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value),
  int: (value) => /^-?\d{1,10}$/.test(value) && Math.abs(Number(value)) < 2 ** 31,
  float8: (value) => value.trim() !== "" && Number.isFinite(Number(value)),
  text: (value) => !value.includes("\0"),
};

function decode(ordering: Ordering, cursor: string, field: string): string[] {
  try {
    const [name, ...values] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as string[];
    if (
      name === ordering.name &&
      values.length === ordering.columns.length &&
      ordering.columns.every(({ type }, i) => typeof values[i] === "string" && COLUMN_TEXT[type]?.(values[i]))
    )
      return values;
  } catch {
    // not JSON: the same mistake as a cursor of another list
  }
  throw new UserError(
    "BAD_CURSOR",
    `This cursor does not belong to a list in the order ${ordering.name}; start without one.`,
    field,
  );
}

/** The SQL of one page: what to select and how to find, order and cut it. Parameters are added to `params`. */
interface PageSql {
  window: Window;
  select: string;
  where: string[];
  order: string;
}

export function pageSql(
  query: Pick<ListQuery, "select" | "where" | "ordering">,
  args: PageArgs,
  params: unknown[],
): PageSql {
  const window = windowOf(args);
  const { ordering } = query;
  const where = [...(query.where ?? [])];
  const ascending = window.backward === Boolean(ordering.descending);
  const columns = ordering.columns.map((column) => column.sql);
  if (window.cursor) {
    const values = decode(ordering, window.cursor, window.backward ? "before" : "after");
    const placeholders = values.map((value, i) => `$${params.push(value)}::${ordering.columns[i]?.type}`);
    where.push(`(${columns.join(", ")}) ${ascending ? ">" : "<"} (${placeholders.join(", ")})`);
  }
  return {
    window,
    select: `${query.select}, array[${columns.map((c) => `(${c})::text`).join(", ")}] as "__cursor"`,
    where,
    order: `${columns.map((c) => `${c} ${ascending ? "asc" : "desc"}`).join(", ")} limit ${window.size + 1}`,
  };
}

/** A page from the rows that PageSql found. */
export function pageOf<T>(
  rows: (T & { __cursor: string[] })[],
  { window: { size, backward, cursor }, ordering }: { window: Window; ordering: Ordering },
  count: () => Promise<number>,
): Page<T> {
  const more = rows.length > size;
  const shown = rows.slice(0, size);
  if (backward) shown.reverse();
  const edges = shown.map(({ __cursor, ...node }) => ({ node: node as T, cursor: encode(ordering, __cursor) }));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: backward ? cursor !== null : more,
      hasPreviousPage: backward ? more : cursor !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    count,
  };
}

/**
 * One page by keyset: an index range from the cursor, so page 300 costs what page 1 costs, and rows inserted meanwhile
 * move nothing. `select` and `from` are SQL of ours; everything of the caller's is in `params`.
 */
export async function keysetPage<T>(db: EntityManager, query: ListQuery, args: PageArgs): Promise<SeekablePage<T>> {
  const params = [...(query.params ?? [])];
  const { window, select, where, order } = pageSql(query, args, params);
  const rows: (T & { __cursor: string[] })[] = await db.query(
    `select ${select} from ${query.from} ${where.length ? `where ${where.join(" and ")}` : ""} order by ${order}`,
    params,
  );
  const { count, cursorOfEvery } = wholeOf(db, query);
  return { ...pageOf(rows, { window, ordering: query.ordering }, count), cursorOfEvery };
}

/**
 * As `keysetPage`, with what else is asked about the page's rows, read in the same statement; null for an empty page. The
 * plan is kept where it is the same for any parameters (`prepared`).
 */
export async function keysetPageWith<T, Also>(
  db: EntityManager,
  { also: alsoSql, plan, ...query }: ListQuery & { also: AlsoSql; plan: "kept" | "each time" },
  args: PageArgs,
): Promise<{ page: SeekablePage<T>; also: Also | null }> {
  const params = [...(query.params ?? [])];
  const { window, select, where, order } = pageSql(query, args, params);
  const add = (value: unknown) => `$${params.push(value)}`;
  const sql = `with found as materialized (select *, row_number() over () as "__place" from (
         select ${select} from ${query.from} ${where.length ? `where ${where.join(" and ")}` : ""} order by ${order}) page),
       shown as (select * from found where "__place" <= ${add(window.size)})
       select found.*, case when "__place" = 1 then (${alsoSql(add)}) end as "__also" from found order by "__place"`;
  const rows: (T & { __cursor: string[]; __also: Also | null })[] = await db.query(
    plan === "kept" ? prepared(sql) : sql,
    params,
  );
  const { count, cursorOfEvery } = wholeOf(db, query);
  return {
    page: { ...pageOf<T>(rows, { window, ordering: query.ordering }, count), cursorOfEvery },
    also: rows[0]?.__also ?? null,
  };
}

/** What is asked about all rows of a list: one pass over them, by the index that the list is in the order of. */
function wholeOf(
  db: EntityManager,
  { from, where = [], params = [], ordering, count, walk }: ListQuery,
): Pick<SeekablePage<unknown>, "count" | "cursorOfEvery"> {
  const rows = walk ?? { from, where };
  const list = `${rows.from} ${rows.where.length ? `where ${rows.where.join(" and ")}` : ""}`;
  return {
    count:
      count ??
      (async () => {
        const [row] = await db.query(`select count(*) as n from ${list}`, params);
        return Number(row.n);
      }),
    cursorOfEvery: (every) => cursorsOfEvery(db, { list, params, ordering, every }),
  };
}

interface MarksQuery {
  list: string;
  params: unknown[];
  ordering: Ordering;
  every: number;
}

async function cursorsOfEvery(db: EntityManager, { list, params, ordering, every }: MarksQuery): Promise<string[]> {
  if (every < 1 || every > MAX_PAGE)
    throw new UserError("BAD_INPUT", `A mark stands every 1 to ${MAX_PAGE} rows, got ${every}.`, "every");
  const columns = ordering.columns.map(({ sql }, i) => ({ sql, name: `c${i}` }));
  const order = columns.map(({ sql }) => `${sql} ${ordering.descending ? "desc" : "asc"}`).join(", ");
  const rows: { cursor: string[] }[] = await db.query(
    `select array[${columns.map(({ name }) => `${name}::text`).join(", ")}] as cursor from (
       select ${columns.map(({ sql, name }) => `${sql} as ${name}`).join(", ")}, row_number() over (order by ${order}) as place
       from ${list}) listed
     where place % ${every} = 0 order by place limit ${MAX_MARKS + 1}`,
    params,
  );
  if (rows.length > MAX_MARKS)
    throw new UserError("BAD_INPUT", `A list has ${MAX_MARKS} marks at most; set them further apart.`, "every");
  return rows.map(({ cursor }) => encode(ordering, cursor));
}

/** `alias.column as "property"` for every column of an entity, for `ListQuery.select`. */
export function selectOf(db: EntityManager, entity: new () => object, alias: string): string {
  return db.connection
    .getMetadata(entity)
    .columns.map((column) => `${alias}."${column.databaseName}" as "${column.propertyName}"`)
    .join(", ");
}
