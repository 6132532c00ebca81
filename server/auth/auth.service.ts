import { hash, randomBytes } from "node:crypto";
import type { DataSource } from "typeorm";
import { z } from "zod";
import { Role } from "../../shared/enums.ts";
import { parseId, parseInput } from "../../shared/parse-input.ts";
import { UserError } from "../../shared/user-error.ts";
import type { Principal } from "../graphql/context.ts";
import { ApiToken, Session, User } from "./user.entity.ts";

declare module "../graphql/context.ts" {
  interface Services {
    auth: AuthService;
  }
}

const SESSION_DAYS = 14;
/** How long what another server revoked may go on working here while the news of it can't get through, ms. */
const CACHE_MS = 5_000;
/** What of a secret is kept. */
export const hashOf = (secret: string): Buffer => hash("sha256", secret, "buffer");

/** What a token is recognised by: enough of a made one, next to nothing of one that a person chose. */
const prefixOf = (secret: string): string => secret.slice(0, secret.startsWith(MADE) ? MADE.length + 6 : 4);

const MADE = "ganrm_";
/** A token nobody can guess: 256 random bits. */
export const newSecret = (): string => `${MADE}${randomBytes(32).toString("base64url")}`;

/** $1 hash. Whose token it is that `which` selects, if it is valid; notes when it was last used, to the minute. */
const usedToken = (which: string): string => `
update api_tokens t set last_used_at = case when t.last_used_at > now() - interval '1 minute' then t.last_used_at else now() end
from users u where u.id = t.user_id and ${which} and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())
returning t.id as "tokenId", u.id as "userId", u.name, t.role`;
const BY_SECRET = usedToken("t.token_hash = $1");
const BY_SESSION = usedToken(
  "t.id = (select s.token_id from sessions s where s.cookie_hash = $1 and s.expires_at > now())",
);

const newToken = z.object({
  name: z.string().trim().min(1, "must not be empty").max(100),
  role: z.enum(Role),
  expiresInDays: z.number().int().min(1).max(3650).nullish(),
});

/** Tokens and sessions: only SHA-256 hashes are kept, so a stolen database opens nothing. */
export class AuthService {
  private readonly cache = new Map<string, { principal: Principal; until: number }>();
  private epoch = 0;
  constructor(private readonly db: DataSource) {}

  /** Makes a token for the user of that name (made if new). The secret is returned here and nowhere else. */
  async createToken(input: {
    name: string;
    role: Role;
    expiresInDays?: number | null;
  }): Promise<{ token: ApiToken; secret: string }> {
    const { name, role, expiresInDays } = parseInput(newToken, input);
    const secret = newSecret();
    return this.db.transaction(async (tx) => {
      await tx.query("insert into users (name, role) values ($1, $2) on conflict (name) do nothing", [name, role]);
      const user = await tx.getRepository(User).findOneByOrFail({ name });
      const expiresAt = expiresInDays ? new Date(Date.now() + expiresInDays * 86_400_000) : null;
      const fields = { userId: user.id, name, role, prefix: prefixOf(secret), tokenHash: hashOf(secret), expiresAt };
      const inserted = await tx.getRepository(ApiToken).insert(fields);
      const token = await tx.getRepository(ApiToken).findOneByOrFail({ id: inserted.identifiers[0]?.id });
      return { token, secret };
    });
  }

  /**
   * Makes `secret` itself a token if it is not one yet: how a first start hands the lab its key.
   * @returns whether it is valid with that role; a revoked one stays revoked
   */
  async ensureToken(secret: string, name: string, role: Role): Promise<boolean> {
    await this.db.query("insert into users (name, role) values ($1, $2) on conflict (name) do nothing", [name, role]);
    await this.db.query(
      `insert into api_tokens (user_id, name, role, prefix, token_hash) select id, $1, $2, $3, $4 from users where name = $1
       on conflict (token_hash) do nothing`,
      [name, role, prefixOf(secret), hashOf(secret)],
    );
    const [valid] = await this.db.query(
      "select 1 from api_tokens where token_hash = $1 and role = $2 and revoked_at is null and (expires_at is null or expires_at > now())",
      [hashOf(secret), role],
    );
    return valid !== undefined;
  }

  /** Revokes all other tokens of this name and role: those of earlier starts whose secrets nobody has any more. */
  async revokeOthers(secret: string, name: string, role: Role): Promise<void> {
    await this.db.query(
      "update api_tokens set revoked_at = now() where name = $1 and role = $2 and token_hash <> $3 and revoked_at is null",
      [name, role, hashOf(secret)],
    );
    this.forget();
  }

  /** Revokes a token and ends its sessions at once. @throws UserError BAD_INPUT, NOT_FOUND */
  async revokeToken(tokenId: string): Promise<ApiToken> {
    const id = parseId(tokenId, "id");
    const tokens = this.db.getRepository(ApiToken);
    await this.db.query("update api_tokens set revoked_at = coalesce(revoked_at, now()) where id = $1", [id]);
    await this.db.getRepository(Session).delete({ tokenId: id });
    this.forget();
    const token = await tokens.findOneBy({ id });
    if (!token) throw new UserError("NOT_FOUND", `No token ${id}.`, "id");
    return token;
  }

  tokens(): Promise<ApiToken[]> {
    return this.db.getRepository(ApiToken).find({ order: { createdAt: "DESC" }, take: 500 });
  }

  /** Whoever this secret belongs to; null if it is unknown, expired or revoked. */
  principalOfToken(secret: string): Promise<Principal | null> {
    return this.remember(`t:${secret}`, BY_SECRET, secret);
  }

  /** Whoever this session belongs to; null if it or its token has ended. */
  principalOfSession(cookie: string): Promise<Principal | null> {
    return this.remember(`s:${cookie}`, BY_SESSION, cookie);
  }

  /** Opens a browser session for a token. @returns the cookie's value and its lifetime in seconds */
  async openSession(secret: string): Promise<{ cookie: string; maxAge: number }> {
    const principal = await this.principalOfToken(secret);
    if (!principal || principal.role === Role.WORKER)
      throw new UserError("UNAUTHENTICATED", "This token is unknown, expired, revoked or a worker's.", "token");
    const cookie = randomBytes(32).toString("base64url");
    const maxAge = SESSION_DAYS * 86_400;
    await this.db.query(
      "insert into sessions (cookie_hash, token_id, expires_at) values ($1, $2, now() + make_interval(secs => $3))",
      [hashOf(cookie), principal.tokenId, maxAge],
    );
    return { cookie, maxAge };
  }

  async endSession(cookie: string): Promise<void> {
    await this.db.getRepository(Session).delete({ cookieHash: hashOf(cookie) });
    this.forget();
  }

  private async remember(name: string, sql: string, secret: string): Promise<Principal | null> {
    const key = hashOf(name).toString("hex");
    const known = this.cache.get(key);
    if (known && known.until > Date.now()) return known.principal;
    const { epoch } = this;
    const [[principal]]: [Principal[], number] = await this.db.query(sql, [hashOf(secret)]);
    // What was revoked while we asked must not be remembered as valid.
    if (!principal || epoch !== this.epoch) return principal ?? null;
    if (this.cache.size > 10_000) this.cache.clear();
    this.cache.set(key, { principal, until: Date.now() + CACHE_MS });
    return principal;
  }

  /** Looks everybody up again: a token or session ended, perhaps on another server. */
  forget(): void {
    this.epoch++;
    this.cache.clear();
  }
}
