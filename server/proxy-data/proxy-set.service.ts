import type { DataSource } from "typeorm";
import { z } from "zod";
import { parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import type { ArtifactService } from "../artifacts/artifact.service.ts";
import { inTransaction, orNameTaken } from "../database/transaction.ts";
import { keysetPage, type Page, type PageArgs, selectOf } from "../graphql/connection.ts";
import { ProxyItem, ProxySet } from "./proxy-set.entity.ts";

declare module "../graphql/context.ts" {
  interface Services {
    proxySets: ProxySetService;
  }
}

/** One image to train on and one to hold out. */
const SMALLEST_SET = 2;

const newProxySet = z.object({
  name: z.string().trim().min(1, "must not be empty").max(200),
  source: z.string().max(1000).default(""),
  licence: z.string().max(200).default(""),
  heldOutFraction: z.number().min(0).max(0.9).default(0.2),
  items: z
    .array(
      z.object({
        artifactSha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hex digits"),
        fileName: z.string().max(500).default(""),
        prompt: z.string().trim().max(10_000).nullish(),
      }),
    )
    .min(SMALLEST_SET, "must hold at least two images")
    .max(100_000),
});

export class ProxySetService {
  constructor(
    private readonly db: DataSource,
    private readonly artifacts: ArtifactService,
  ) {}

  /**
   * Preference Proxy Data from uploaded images. Which items are held out follows from their hashes alone, so the same
   * image is never trained on in one import and measured against in another; a repeated image counts once.
   * @throws UserError BAD_INPUT, TOO_FEW_ITEMS, ARTIFACT_MISSING, NAME_TAKEN
   */
  async create(input: unknown): Promise<ProxySet> {
    const { name, source, licence, heldOutFraction, items } = parseInput(newProxySet, input);
    const hashes = items.map((item) => item.artifactSha256);
    if (new Set(hashes).size < SMALLEST_SET)
      throw new UserError("TOO_FEW_ITEMS", "All items are the same image; at least two are needed.", "items");
    const [missing] = await this.artifacts.missing(hashes);
    if (missing)
      throw new UserError(
        "ARTIFACT_MISSING",
        `No artifact ${missing}; upload it first.`,
        `items[${hashes.indexOf(missing)}].artifactSha256`,
      );
    return inTransaction(this.db, async (tx) => {
      const sets = tx.getRepository(ProxySet);
      const inserted = await sets.insert({ name, source, licence }).catch(orNameTaken("A proxy set", name));
      const id: string = inserted.identifiers[0]?.id;
      await tx.query(
        `insert into proxy_items (proxy_set_id, artifact_sha256, file_name, prompt, split)
         select $1, sha256, min(file_name), min(prompt), case when row_number() over (order by sha256) <= round(count(*) over () * $4::float8) then 'HELD_OUT' else 'TRAIN' end
         from unnest($2::text[], $3::text[], $5::text[]) as i(sha256, file_name, prompt) group by sha256`,
        [id, hashes, items.map((item) => item.fileName), heldOutFraction, items.map((item) => item.prompt || null)],
      );
      await tx.query(
        `update proxy_sets s set train_count = c.train, held_out_count = c.held_out from (
           select count(*) filter (where split = 'TRAIN') as train, count(*) filter (where split = 'HELD_OUT') as held_out
           from proxy_items where proxy_set_id = $1) c where s.id = $1`,
        [id],
      );
      return sets.findOneByOrFail({ id });
    });
  }

  list(args: PageArgs): Promise<Page<ProxySet>> {
    const ordering = { name: "proxySets", columns: [{ sql: "s.id", type: "uuid" }], descending: true };
    return keysetPage(
      this.db.manager,
      { select: selectOf(this.db.manager, ProxySet, "s"), from: "proxy_sets s", ordering },
      args,
    );
  }

  items(setId: string, args: PageArgs): Promise<Page<ProxyItem>> {
    const ordering = { name: "proxyItems", columns: [{ sql: "i.id", type: "uuid" }] };
    const select = selectOf(this.db.manager, ProxyItem, "i");
    return keysetPage(
      this.db.manager,
      { select, from: "proxy_items i", where: ["i.proxy_set_id = $1"], params: [setId], ordering },
      args,
    );
  }
}
