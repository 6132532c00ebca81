/** Writes shared/schema.graphql from the resolvers; with --check it fails when the committed file is stale. */
import { readFileSync, writeFileSync } from "node:fs";
import { lexicographicSortSchema, printSchema } from "graphql";
import { createSchema } from "../server/schema.ts";

const file = new URL("../shared/schema.graphql", import.meta.url);
const printed = `${printSchema(lexicographicSortSchema(createSchema()))}\n`;
if (!process.argv.includes("--check")) writeFileSync(file, printed);
else if (readFileSync(file, "utf8") !== printed) {
  process.stderr.write("shared/schema.graphql is stale: run `npm run schema` and commit it.\n");
  process.exit(1);
}
