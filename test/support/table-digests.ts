import type { DataSource } from "typeorm";

/** Row count and digest of the content of every table by name, leaving out only when tokens were last used and workers last heard of. */
export async function tableDigests(db: DataSource): Promise<Record<string, string>> {
  const tables: { name: string }[] = await db.query(
    "select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables where schemaname = 'public' or relname like 'job%' order by 1",
  );
  const digests: Record<string, string> = {};
  for (const { name } of tables) {
    const [{ digest }] = await db.query(
      `select count(*) || ' rows, ' || coalesce(md5(string_agg(t.content, '' order by t.content)), '') as digest
       from (select (to_jsonb(r) - '{last_used_at,heard_at}'::text[])::text as content from ${name} r) t`,
    );
    digests[name] = digest;
  }
  return digests;
}
