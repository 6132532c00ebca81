import { createHash } from "node:crypto";

/** Prompts that differ in case or spaces alone ask for the same picture. */
const sense = (text: string) => text.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, " ").trim();

/**
 * Chooses the prompts whose samples are never trained on. The choice depends on the texts alone, so it is the same every
 * time; prompts that say the same fall on the same side.
 * @param share 0 to 1 of the different prompts; of two or more at least one is on either side, unless share is 0
 */
export function evalPrompts(texts: readonly string[], share: number): Set<string> {
  const place = (text: string) => createHash("sha256").update(text).digest("hex");
  const different = [...new Set(texts.map(sense))].sort((a, b) => (place(a) < place(b) ? -1 : 1));
  const most = different.length - 1;
  const count = share === 0 ? 0 : Math.min(Math.max(Math.round(share * different.length), 1), most);
  const chosen = new Set(different.slice(0, Math.max(count, 0)));
  return new Set(texts.filter((text) => chosen.has(sense(text))));
}
