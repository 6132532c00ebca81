import { pagesByParent } from "../graphql/child-pages.ts";
import { selectOf } from "../graphql/connection.ts";
import { Pair } from "./pair.entity.ts";

/** Largest margin first. Index pairs_by_margin_idx. */
export const pairsByRewardModel = pagesByParent<Pair>("pairsByRewardModel", (db) => ({
  select: selectOf(db, Pair, "p"),
  from: "pairs p",
  parent: "p.reward_model_id",
  ordering: {
    name: "pairs",
    columns: [
      { sql: "p.margin", type: "float8" },
      { sql: "p.id", type: "uuid" },
    ],
    descending: true,
  },
}));
