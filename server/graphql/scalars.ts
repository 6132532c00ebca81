import { GraphQLDateTimeISO, GraphQLJSONObject, GraphQLSafeInt } from "graphql-scalars";

export const DateTime = GraphQLDateTimeISO;
export const JSONObject = GraphQLJSONObject;
/** Integers up to 2^53 - 1: seeds, byte sizes. */
export const SafeInt = GraphQLSafeInt;
