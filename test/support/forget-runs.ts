import type { DataSource } from "typeorm";

/** As if no run had been trained yet, so that the next training of the same data and seed really trains. */
export async function forgetRuns(db: DataSource): Promise<void> {
  await db.query("update reward_models set run_key = null");
  await db.query("delete from reward_training_runs");
}
