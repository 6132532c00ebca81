import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../../../shared/user-error.ts";

/** A mistake in the policy's folder, named by file and, where there is one, by field. */
export const folderError = (file: string, what: string): UserError =>
  new UserError("BAD_INPUT", `"${file}": ${what}`, "folder");

/**
 * Reads a JSON file of a pipeline folder. @throws UserError BAD_INPUT naming the file, and the field that is missing or has a
 * value that is not supported
 */
export async function readConfig<T>(folder: string, name: string, schema: z.ZodType<T>): Promise<T> {
  const file = join(folder, name);
  const text = await readFile(file, { encoding: "utf8" }).catch((error: NodeJS.ErrnoException) => {
    throw folderError(file, error.code === "ENOENT" ? "there is no such file." : `it can't be read (${error.code}).`);
  });
  return parseConfig(file, text, schema);
}

/** As `readConfig`, of a file that was read. */
export function parseConfig<T>(file: string, text: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    // Python writes an infinite lambda_min_clipped so, which JSON does not know
    json = JSON.parse(text.replaceAll(/:\s*-Infinity\b/g, ": null"));
  } catch {
    throw folderError(file, "it is not JSON.");
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join(".");
  throw folderError(file, `${field ? `${field} ` : ""}${issue?.message}.`);
}

/** A field that may be absent or null, as diffusers' configs leave out what their version did not have yet. */
export const optional = <T>(schema: z.ZodType<T>, fallback: T) =>
  schema.nullish().transform((value): T => value ?? fallback);

/** A switch that stands for something this pipeline does not compute: absent, null or false. */
export const notSupported = (what: string) => z.literal(false, `must be false: ${what} is not supported`).nullish();

/** Likewise of a field that must be absent or null. */
export const mustBeNull = (what: string) => z.null(`must be null: ${what} is not supported`).optional();

/** One of a list of words. */
export const oneOf = <const T extends readonly string[]>(...words: T) =>
  z.enum(words, { error: ({ input }) => `must be one of ${words.join(", ")}; it is ${JSON.stringify(input)}` });
