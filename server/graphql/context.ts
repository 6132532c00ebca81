import type { Logger } from "pino";
import type { Role } from "../../shared/enums.ts";
import type { RequestLoaders } from "./loader.ts";

/** Who is asking: the owner of the token or session that came with the request. */
export interface Principal {
  userId: string;
  tokenId: string;
  name: string;
  role: Role;
}

/** Filled by each domain (`declare module`), so that the platform knows no domain and a resolver still sees types. */
// biome-ignore lint/suspicious/noEmptyInterface: augmented by the domains
export interface Services {}

/** What every resolver gets: who asks, how to read in bulk, and what can be done. */
export interface RequestContext {
  principal: Principal | null;
  loaders: RequestLoaders;
  services: Services;
  log: Logger;
}
