import { createHash, randomBytes } from "node:crypto";
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
/** How long a token may go on working on another server after it was revoked here, in ms. */
const CACHE_MS = 5_000;
const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

const newToken = z.object({
  name: z.string().trim().min(1, "must not be empty").max(100),
  role: z.enum(Role),
  expiresInDays: z.number().int().min(1).max(3650).nullish(),
});

interface PrincipalRow {
  tokenId: string;
  userId: string;
  name: string;
  role: Role;
}

/** Tokens and sessions: only SHA-256 hashes are kept, so a stolen database opens nothing. */
export class AuthService {
  private readonly cache = new Map<string, { principal: Principal; until: number }>();
  constructor(private readonly db: DataSource) {}

  /** Makes a token for the user of that name (made if new). The secret is returned here and nowhere else. */
  async createToken(input: {
    name: string;
    role: Role;
    expiresInDays?: number | null;
  }): Promise<{ token: ApiToken; secret: string }> {
    const { name, role, expiresInDays } = parseInput(newToken, input);
    const secret = `ganrm_${randomBytes(32).toString("base64url")}`;
    return this.db.transaction(async (tx) => {
      await tx.query("insert into users (name, role) values ($1, $2) on conflict (name) do nothing", [name, role]);
      const user = await tx.getRepository(User).findOneByOrFail({ name });
      const expiresAt = expiresInDays ? new Date(Date.now() + expiresInDays * 86_400_000) : null;
      const fields = { userId: user.id, name, role, prefix: secret.slice(0, 12), tokenHash: hashOf(secret), expiresAt };
      const inserted = await tx.getRepository(ApiToken).insert(fields);
      const token = await tx.getRepository(ApiToken).findOneByOrFail({ id: inserted.identifiers[0]?.id });
      return { token, secret };
    });
  }

  /** Makes `secret` itself an ADMIN token if it is not one yet: how a first start hands the lab its key. */
  async ensureToken(secret: string, name: string, role: Role): Promise<void> {
    await this.db.query("insert into users (name, role) values ($1, $2) on conflict (name) do nothing", [name, role]);
    await this.db.query(
      `insert into api_tokens (user_id, name, role, prefix, token_hash) select id, $1, $2, $3, $4 from users where name = $1
       on conflict (token_hash) do nothing`,
      [name, role, secret.slice(0, 12), hashOf(secret)],
    );
  }

  /** Revokes a token and ends its sessions at once. @throws UserError BAD_INPUT, NOT_FOUND */
  async revokeToken(tokenId: string): Promise<ApiToken> {
    const id = parseId(tokenId, "id");
    const tokens = this.db.getRepository(ApiToken);
    await this.db.query("update api_tokens set revoked_at = coalesce(revoked_at, now()) where id = $1", [id]);
    await this.db.getRepository(Session).delete({ tokenId: id });
    this.cache.clear();
    const token = await tokens.findOneBy({ id });
    if (!token) throw new UserError("NOT_FOUND", `No token ${id}.`, "id");
    return token;
  }

  tokens(): Promise<ApiToken[]> {
    return this.db.getRepository(ApiToken).find({ order: { createdAt: "DESC" }, take: 500 });
  }

  /** Whoever this secret belongs to; null if it is unknown, expired or revoked. */
  async principalOfToken(secret: string): Promise<Principal | null> {
    return this.remember(`t:${secret}`, () =>
      this.db
        .query(
          `update api_tokens t set last_used_at = case when t.last_used_at > now() - interval '1 minute' then t.last_used_at else now() end
         from users u where u.id = t.user_id and t.token_hash = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())
         returning t.id as "tokenId", u.id as "userId", u.name, t.role`,
          [hashOf(secret)],
        )
        .then(([rows]) => rows),
    );
  }

  async principalOfSession(cookie: string): Promise<Principal | null> {
    return this.remember(`s:${cookie}`, () =>
      this.db.query(
        `select t.id as "tokenId", u.id as "userId", u.name, t.role from sessions s join api_tokens t on t.id = s.token_id
         join users u on u.id = t.user_id where s.cookie_hash = $1 and s.expires_at > now() and t.revoked_at is null
         and (t.expires_at is null or t.expires_at > now())`,
        [hashOf(cookie)],
      ),
    );
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
    this.cache.delete(hashOf(`s:${cookie}`).toString("hex"));
    await this.db.getRepository(Session).delete({ cookieHash: hashOf(cookie) });
  }

  /** Looks everybody up again: a token or session ended, perhaps on another server. */
  forget(): void {
    this.cache.clear();
  }

  private async remember(secret: string, find: () => Promise<PrincipalRow[]>): Promise<Principal | null> {
    const key = hashOf(secret).toString("hex");
    const known = this.cache.get(key);
    if (known && known.until > Date.now()) return known.principal;
    const [principal] = await find();
    if (this.cache.size > 10_000) this.cache.clear();
    if (principal) this.cache.set(key, { principal, until: Date.now() + CACHE_MS });
    else this.cache.delete(key);
    return principal ?? null;
  }
}
