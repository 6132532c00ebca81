/** Texts that a spreadsheet would run as a formula (OWASP, CSV injection); an apostrophe before them is shown as text. */
const FORMULA = /^[=+\-@\t\r]/;

/** A text of anybody's. */
export const textCell = (text: string): string => quoted(FORMULA.test(text) ? `'${text}` : text);

/** In full precision; empty for null. */
export const numberCell = (value: number | null): string => (value === null ? "" : String(value));

/** RFC 4180: quotes where they are needed, doubled inside. */
export function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvLine = (cells: readonly string[]): string => `${cells.join(",")}\r\n`;
