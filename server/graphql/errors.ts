import { randomUUID } from "node:crypto";
import type { ApolloServerPlugin } from "@apollo/server";
import { unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import type { Logger } from "pino";
import { USER_ERROR_CODES, UserError, type UserErrorCode } from "../../shared/user-error.ts";
import { isDatabaseAway } from "../database/unavailable.ts";

const OF_GRAPHQL: Record<string, UserErrorCode> = {
  GRAPHQL_PARSE_FAILED: "BAD_INPUT",
  GRAPHQL_VALIDATION_FAILED: "BAD_INPUT",
  BAD_USER_INPUT: "BAD_INPUT",
  BAD_REQUEST: "BAD_INPUT",
  OPERATION_RESOLUTION_FAILURE: "BAD_INPUT",
};

/** Values that Postgres refuses to read or to store: malformed ids and text, numbers out of range, broken checks. */
const REFUSED_VALUES = new Set(["22P02", "22003", "22021", "22P05", "23514"]);

/** What a missing row is called, where it is not plainly NOT_FOUND, by table. */
const ABSENT: Record<string, UserErrorCode> = { artifacts: "ARTIFACT_MISSING" };

/**
 * The input field that a variable's type refused, in the form of `UserError.field`: graphql-js says it only in words,
 * `Variable "$input" got invalid value 1.5 at "input.samples[0].k"; Int cannot represent ...`.
 */
function fieldOfVariable(message: string): string | null {
  const [, variable, rest = ""] = /^Variable "\$(\w+)"(.*)$/s.exec(message) ?? [];
  if (!variable) return null;
  const at = / at "(\w+)([^"]*)"; /.exec(rest)?.[2]?.replace(/^\./, "") ?? "";
  const absent = /; Field "(\w+)" of required type /.exec(rest)?.[1];
  const inside = [at, absent].filter(Boolean).join(".");
  return variable === "input" ? inside || null : [variable, inside].filter(Boolean).join(".");
}

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
    const refused = (original as { driverError?: { code?: string; message?: string; detail?: string } }).driverError;
    const [, absent] = /is not present in table "(\w+)"/.exec(refused?.detail ?? "") ?? [];
    if (absent)
      return {
        ...place,
        message: `One of the ${absent} that are referred to is not there, or is no more.`,
        extensions: { code: ABSENT[absent] ?? "NOT_FOUND", field: null },
      };
    if (REFUSED_VALUES.has(refused?.code ?? ""))
      return {
        ...place,
        message: `A value is malformed or out of range: ${refused?.message}.`,
        extensions: { code: "BAD_INPUT", field: null },
      };
    const code = String(formatted.extensions?.code ?? "");
    const known = OF_GRAPHQL[code] ?? (code in USER_ERROR_CODES ? code : null);
    if (known) {
      const field = formatted.extensions?.field ?? fieldOfVariable(formatted.message);
      return { ...place, message: formatted.message, extensions: { code: known, field } };
    }
    if (isDatabaseAway(original)) {
      log.warn({ err: original }, "the database can't be reached");
      return { ...place, message: USER_ERROR_CODES.UNAVAILABLE, extensions: { code: "UNAVAILABLE", field: null } };
    }
    const incident = randomUUID();
    log.error({ err: original, incident }, "unexpected error in a GraphQL operation");
    return {
      ...place,
      message: `Something went wrong here (incident ${incident}).`,
      extensions: { code: "INTERNAL", field: null },
    };
  };
}

/** Answers 503 where the database was away, which clients take as "ask again"; the errors say the same. */
export const unavailableStatus: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ response: { body, http } }) {
        const errors = body.kind === "single" ? body.singleResult.errors : undefined;
        if (errors?.some(({ extensions }) => extensions?.code === "UNAVAILABLE")) http.status = 503;
      },
    };
  },
};

/** What Apollo's plugins and context report before any resolver runs. */
export const refusal = ({ code, message, field }: UserError): GraphQLError =>
  new GraphQLError(message, { extensions: { code, field, http: { status: code === "UNAVAILABLE" ? 503 : 400 } } });
