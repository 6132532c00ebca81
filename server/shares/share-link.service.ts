import { randomBytes } from "node:crypto";
import type { DataSource } from "typeorm";
import { z } from "zod";
import { parseId, parseInput } from "../../shared/parse-input.ts";
import { SHARED_EXPERIMENT, SHARED_ROUND } from "../../shared/share/shared-report.graphql.ts";
import { UserError } from "../../shared/user-error.ts";
import { hashOf } from "../auth/auth.service.ts";
import { Experiment } from "../experiments/experiment.entity.ts";
import { ShareLink } from "./share-link.entity.ts";

declare module "../graphql/context.ts" {
  interface Services {
    shareLinks: ShareLinkService;
  }
}

const MAX_DAYS = 365;
const newLink = z.object({
  experimentId: z.uuid("must be an experiment's id").toLowerCase(),
  name: z.string().trim().min(1, "must not be empty").max(100),
  expiresInDays: z.number().int().min(1).max(MAX_DAYS).default(30),
});

/** $1 link, $2 hash. The experiment of a link that is valid; notes when it was last used, to the minute: a page asks for many images. */
const USE = `
with link as (
  select id, experiment_id, last_used_at from share_links
  where id = $1 and token_hash = $2 and revoked_at is null and expires_at > now()),
noted as (
  update share_links s set last_used_at = now() from link
  where s.id = link.id and coalesce(link.last_used_at < now() - interval '1 minute', true))
select l.experiment_id as "experimentId", e.xmin::text as version from link l join experiments e on e.id = l.experiment_id`;

/** $1 experiment, $2 round's index. The round with its newest trained reward model. */
const ROUND = `
select r.id, (select m.id from reward_models m where m.round_id = r.id and m.state = 'TRAINED' order by m.id desc limit 1) as "rewardModelId"
from rounds r where r.experiment_id = $1 and r.index = $2`;

/** $1 experiment, $2 sha256. Index samples_artifact_sha256_idx. */
const IS_SAMPLE = `
select 1 from samples s join rounds r on r.id = s.round_id where s.artifact_sha256 = $2 and r.experiment_id = $1 limit 1`;

/** No model has it. */
const NO_MODEL = "00000000-0000-0000-0000-000000000000";

/** One of the fixed questions with its variables, none of them the visitor's but the cursor. */
export interface SharedQuestion {
  document: string;
  variables: Record<string, unknown>;
}

/** Links that show one experiment to whoever has them, until they expire or are revoked. */
export class ShareLinkService {
  constructor(private readonly db: DataSource) {}

  /** Makes a link. Its secret is returned here and nowhere else. @throws UserError BAD_INPUT, NOT_FOUND */
  async create(input: unknown, createdBy: string): Promise<{ link: ShareLink; token: string }> {
    const { expiresInDays, ...fields } = parseInput(newLink, input);
    if (!(await this.db.getRepository(Experiment).existsBy({ id: fields.experimentId })))
      throw new UserError("NOT_FOUND", `No experiment ${fields.experimentId}.`, "experimentId");
    const token = randomBytes(32).toString("base64url");
    const expiresAt = new Date(Date.now() + expiresInDays * 86_400_000);
    const links = this.db.getRepository(ShareLink);
    const inserted = await links.insert({ ...fields, createdBy, expiresAt, tokenHash: hashOf(token) });
    return { link: await links.findOneByOrFail({ id: inserted.identifiers[0]?.id }), token };
  }

  /** From the next request on the link shows nothing. Repeating it changes nothing. @throws UserError BAD_INPUT, NOT_FOUND */
  async revoke(linkId: string): Promise<ShareLink> {
    const id = parseId(linkId, "id");
    await this.db.query("update share_links set revoked_at = coalesce(revoked_at, now()) where id = $1", [id]);
    const link = await this.db.getRepository(ShareLink).findOneBy({ id });
    if (!link) throw new UserError("NOT_FOUND", `No share link ${id}.`, "id");
    return link;
  }

  /** All links of an experiment, newest first; never their secrets. */
  async ofExperiment(experimentId: string): Promise<ShareLink[]> {
    const where = { experimentId: parseId(experimentId, "experimentId") };
    return this.db.getRepository(ShareLink).find({ where, order: { id: "DESC" }, take: 200 });
  }

  /**
   * The experiment that a link shows, and the version of its own row.
   * @throws UserError UNAUTHENTICATED when the link is unknown, expired or revoked
   */
  async open(linkId: string, token: string): Promise<{ experimentId: string; version: string }> {
    const known = z.uuid().safeParse(linkId).success;
    const [link]: { experimentId: string; version: string }[] = known
      ? await this.db.query(USE, [linkId, hashOf(token)])
      : [];
    if (!link)
      throw new UserError("UNAUTHENTICATED", "This link is not valid: it was mistyped, has expired or was revoked.");
    return link;
  }

  experiment(experimentId: string): SharedQuestion {
    return { document: SHARED_EXPERIMENT, variables: { id: experimentId } };
  }

  /** @throws UserError NOT_FOUND */
  async round(experimentId: string, index: string, after: string | null): Promise<SharedQuestion> {
    const [round]: { id: string; rewardModelId: string | null }[] = /^\d{1,6}$/.test(index)
      ? await this.db.query(ROUND, [experimentId, index])
      : [];
    if (!round) throw new UserError("NOT_FOUND", "The experiment has no such round.");
    const { id, rewardModelId } = round;
    return { document: SHARED_ROUND, variables: { id, after, rewardModelId: rewardModelId ?? NO_MODEL } };
  }

  /** Whether these bytes are a sample of the experiment. */
  async isSample(experimentId: string, sha256: string): Promise<boolean> {
    if (!/^[0-9a-f]{64}$/.test(sha256)) return false;
    return (await this.db.query(IS_SAMPLE, [experimentId, sha256])).length > 0;
  }
}
