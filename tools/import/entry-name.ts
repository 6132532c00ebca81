import path from "node:path";
import type { Refusal } from "./import-item.ts";

/** As long as the server takes a file name. */
const MAX_NAME = 500;
const CONTROL = /\p{Cc}/u;

/** @returns why a path in an archive or in metadata.jsonl is not taken, or null. Nothing is ever written to it. */
export function nameRefusal(name: string): Refusal | null {
  const fix = "Use a plain relative path such as images/0001.png.";
  if (name === "") return { reason: "The file name is empty.", fix };
  if (name.length > MAX_NAME) return { reason: `The file name has more than ${MAX_NAME} characters.`, fix };
  if (CONTROL.test(name)) return { reason: "The file name holds a control character.", fix };
  if (name.startsWith("/") || name.startsWith("\\") || /^[A-Za-z]:/.test(name))
    return { reason: "The path is absolute.", fix };
  if (name.split(/[\\/]/).includes("..")) return { reason: 'The path leaves its folder by "..".', fix };
  return null;
}

/** One spelling for one file: "./a//b.png" is "a/b.png", and accents are composed (macOS archives decompose them). */
export const normaliseName = (name: string): string => path.posix.normalize(name).normalize("NFC");

/** What operating systems leave behind; skipped in silence. */
export function isLitter(name: string): boolean {
  return name
    .split("/")
    .some((part) => part.startsWith(".") || part === "__MACOSX" || /^(thumbs\.db|desktop\.ini)$/i.test(part));
}
