import type { IncomingHttpHeaders } from "node:http";

/** The value of a cookie that came with a request; null where there is none. */
export function cookieOf({ cookie }: IncomingHttpHeaders, wanted: string): string | null {
  for (const part of (cookie ?? "").split(";")) {
    const [name, value] = part.trim().split("=");
    if (name === wanted && value) return value;
  }
  return null;
}
