import { entitiesByParent, entityById, type LoaderDefinition } from "../graphql/loader.ts";
import { Ablation, AblationCell } from "./ablation.entity.ts";

export const ablationById = entityById(Ablation);
/** In order of creation. */
export const ablationsByRound = entitiesByParent(Ablation, "roundId", "id");
/** In table order. */
export const cellsByAblation = entitiesByParent(AblationCell, "ablationId", "position");

/** How far an ablation is. */
export interface AblationProgress {
  cells: number;
  done: number;
  failed: number;
}

/** By ablation; an unknown one has no cells. Index ablation_cells_ablation_id_position_key. */
export const progressByAblation: LoaderDefinition<string, AblationProgress> = {
  name: "progressByAblation",
  async loadMany(db, ids) {
    const rows: (AblationProgress & { id: string })[] = await db.query(
      `select ablation_id as id, count(*)::int as cells, count(*) filter (where state = 'DONE')::int as done,
         count(*) filter (where state = 'FAILED')::int as failed
       from ablation_cells where ablation_id = any($1) group by 1`,
      [ids],
    );
    const byId = new Map(rows.map(({ id, ...progress }) => [id, progress]));
    return ids.map((id) => byId.get(id) ?? { cells: 0, done: 0, failed: 0 });
  },
};
