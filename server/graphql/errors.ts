import { randomUUID } from "node:crypto";
import { unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import type { Logger } from "pino";
import { UserError, type UserErrorCode } from "../../shared/user-error.ts";

const OF_GRAPHQL: Record<string, UserErrorCode> = {
  GRAPHQL_PARSE_FAILED: "BAD_INPUT",
  GRAPHQL_VALIDATION_FAILED: "BAD_INPUT",
  BAD_USER_INPUT: "BAD_INPUT",
  BAD_REQUEST: "BAD_INPUT",
  OPERATION_RESOLUTION_FAILURE: "BAD_INPUT",
};

/** Values that Postgres refuses to read or to store: malformed ids, numbers out of range, broken checks. */
const REFUSED_VALUES = new Set(["22P02", "22003", "23514"]);

/**
 * The one mask: a UserError goes out with its code and field; anything else is logged under an incident number and
 * leaves as that number alone.
 */
export function formatErrors(log: Logger) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const original = unwrapResolverError(error);
    const place = { locations: formatted.locations, path: formatted.path };
    if (original instanceof UserError)
      return {
        ...place,
        message: original.message,
        extensions: { code: original.code, field: original.field ?? null },
      };
    const refused = (original as { driverError?: { code?: string; message?: string } }).driverError;
    if (REFUSED_VALUES.has(refused?.code ?? ""))
      return {
        ...place,
        message: `A value is malformed or out of range: ${refused?.message}.`,
        extensions: { code: "BAD_INPUT", field: null },
      };
    const code = String(formatted.extensions?.code ?? "");
    const known = OF_GRAPHQL[code];
    if (known || code === "QUERY_TOO_COMPLEX")
      return { ...place, message: formatted.message, extensions: { code: known ?? code, field: null } };
    const incident = randomUUID();
    log.error({ err: original, incident }, "unexpected error in a GraphQL operation");
    return {
      ...place,
      message: `Something went wrong here (incident ${incident}).`,
      extensions: { code: "INTERNAL", field: null },
    };
  };
}

/** A validation error with a stable code, for Apollo's plugins. */
export const tooComplex = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: "QUERY_TOO_COMPLEX" } });
