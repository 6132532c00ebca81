import type { AuthCheckerFn } from "type-graphql";
import { Role } from "../../shared/enums.ts";
import { UserError } from "../../shared/user-error.ts";
import type { Principal, RequestContext } from "./context.ts";

/**
 * Roles that include the one asked for. A worker is nobody's viewer: what its jobs are made of names the role WORKER itself.
 */
const INCLUDED_IN: Record<Role, Role[]> = {
  [Role.VIEWER]: [Role.VIEWER, Role.MEMBER, Role.ADMIN],
  [Role.MEMBER]: [Role.MEMBER, Role.ADMIN],
  [Role.ADMIN]: [Role.ADMIN],
  [Role.WORKER]: [Role.WORKER, Role.ADMIN],
};

/** @throws UserError UNAUTHENTICATED without a principal, FORBIDDEN when none of `roles` is included in the principal's. */
export function requireRole(principal: Principal | null, roles: readonly Role[]): Principal {
  if (!principal) throw new UserError("UNAUTHENTICATED", "Send a token (Authorization: Bearer ...) or sign in.");
  if (!roles.some((role) => INCLUDED_IN[role].includes(principal.role)))
    throw new UserError("FORBIDDEN", `This needs the role ${roles.join(" or ")}; the token has ${principal.role}.`);
  return principal;
}

/** type-graphql's guard for `@Authorized(Role....)`. */
export const authChecker: AuthCheckerFn<RequestContext, Role> = ({ context }, roles) => {
  requireRole(context.principal, roles);
  return true;
};
