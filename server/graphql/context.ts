import type { Logger } from "pino";
import type { Role } from "../../shared/enums.ts";
import type { Announcements } from "../database/notifications.ts";
import type { Changes } from "./changes.ts";
import type { RequestLoaders } from "./loader.ts";

/** Who is asking: the owner of the token or session that came with the request. */
export interface Principal {
  userId: string;
  tokenId: string;
  name: string;
  role: Role;
}

/** Filled by each domain (`declare module`), so that the platform knows no domain and a resolver still sees types. */
export interface Services {
  announcements: Announcements;
}

/** What every resolver gets: who asks, how to read in bulk, and what can be done. */
export interface RequestContext {
  principal: Principal | null;
  loaders: RequestLoaders;
  services: Services;
  /** What subscriptions watch. */
  changes: Changes;
  log: Logger;
}
