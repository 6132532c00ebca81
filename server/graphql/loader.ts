import DataLoader from "dataloader";
import type { EntityManager, ObjectLiteral } from "typeorm";
import { UserError } from "../../shared/user-error.ts";
import { prepared } from "../database/prepared.ts";
import { selectOf } from "./connection.ts";

/** A question asked in bulk: one grouped statement for all keys of a request. Results are in the order of the keys, an error in the place of one that fails alone. */
export interface LoaderDefinition<K extends string, V> {
  name: string;
  loadMany(db: EntityManager, keys: readonly K[]): Promise<(V | Error)[]>;
}

/** The loaders of one request, each made at its first use. */
export class RequestLoaders {
  private readonly loaders = new Map<unknown, unknown>();
  constructor(private readonly db: EntityManager) {}

  load<K extends string, V>(definition: LoaderDefinition<K, V>, key: K): Promise<V> {
    let loader = this.loaders.get(definition) as DataLoader<K, V> | undefined;
    if (!loader) {
      loader = new DataLoader<K, V>((keys) => definition.loadMany(this.db, keys), {
        maxBatchSize: 1000,
        name: definition.name,
      });
      this.loaders.set(definition, loader);
    }
    return loader.load(key);
  }

  /** A row that must exist. @throws UserError NOT_FOUND */
  async require<V>(
    definition: LoaderDefinition<string, V | null>,
    id: string,
    { what, field = "id" }: { what: string; field?: string },
  ): Promise<V> {
    const row = await this.load(definition, id);
    if (row === null) throw new UserError("NOT_FOUND", `No ${what} ${id}.`, field);
    return row;
  }
}

/** Rows of an entity by primary key; an unknown key gives null. Plain objects, not instances of the entity. */
export function entityById<T extends ObjectLiteral>(
  entity: new () => T,
  key: keyof T & string = "id",
): LoaderDefinition<string, T | null> {
  return {
    name: `${entity.name}ById`,
    async loadMany(db, keys) {
      const rows = await rowsWhere(db, entity, { column: key, values: keys });
      const byKey = new Map(rows.map((row) => [String(row[key]), row]));
      return keys.map((id) => byKey.get(id) ?? null);
    },
  };
}

/** All rows of an entity that point to a parent, in a given order; a parent without children gives []. */
export function entitiesByParent<T extends ObjectLiteral>(
  entity: new () => T,
  parentKey: keyof T & string,
  orderBy: keyof T & string,
): LoaderDefinition<string, T[]> {
  return {
    name: `${entity.name}By_${parentKey}`,
    async loadMany(db, keys) {
      const rows = await rowsWhere(db, entity, { column: parentKey, values: keys, orderBy });
      const children = new Map<string, T[]>(keys.map((key) => [key, []]));
      for (const row of rows) children.get(String(row[parentKey]))?.push(row);
      return keys.map((key) => children.get(key) ?? []);
    },
  };
}

function rowsWhere<T extends ObjectLiteral>(
  db: EntityManager,
  entity: new () => T,
  by: { column: string; values: readonly string[]; orderBy?: string },
): Promise<T[]> {
  const metadata = db.connection.getMetadata(entity);
  const column = (property: string) => `t."${metadata.findColumnWithPropertyName(property)?.databaseName}"`;
  const sql = `select ${selectOf(db, entity, "t")} from "${metadata.tableName}" t where ${column(by.column)} = any($1)
     ${by.orderBy ? `order by ${column(by.orderBy)}` : ""}`;
  return db.query(prepared(sql), [by.values]);
}
