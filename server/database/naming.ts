import { DefaultNamingStrategy } from "typeorm";

const snake = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();

const nameOf = (table: unknown): string =>
  (typeof table === "string" ? table : (table as { name: string }).name).split(".").pop() ?? "";

/** snake_case everywhere, and constraint names that say what they constrain (`samples_prompt_id_round_id_k_key`). */
export class SnakeNamingStrategy extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string): string {
    return customName || snake(propertyName);
  }
  override joinColumnName(relationName: string, referencedColumnName: string): string {
    return snake(`${relationName}_${referencedColumnName}`);
  }
  override primaryKeyName(table: unknown): string {
    return `${nameOf(table)}_pkey`;
  }
  override uniqueConstraintName(table: unknown, columns: string[]): string {
    return `${nameOf(table)}_${columns.join("_")}_key`;
  }
  override foreignKeyName(table: unknown, columns: string[]): string {
    return `${nameOf(table)}_${columns.join("_")}_fkey`;
  }
  override indexName(table: unknown, columns: string[]): string {
    return `${nameOf(table)}_${columns.join("_")}_idx`;
  }
}
