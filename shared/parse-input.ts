import { z } from "zod";
import { UserError } from "./user-error.ts";

/**
 * Checks a value against a schema.
 * @throws UserError BAD_INPUT naming the first field at fault, as `samples[3].k`
 */
export function parseInput<T extends z.ZodType>(schema: T, value: unknown, at = ""): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = (issue?.path ?? []).reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text ? `${text}.${String(key)}` : String(key)),
    at,
  );
  throw new UserError("BAD_INPUT", `${path || "input"}: ${issue?.message ?? "is not valid"}.`, path || undefined);
}

const uuid = z.uuid("must be an id (a UUID)").toLowerCase();

/** An object's id as the database writes it. @throws UserError BAD_INPUT naming `field` */
export const parseId = (value: unknown, field: string): string => parseInput(uuid, value, field);
