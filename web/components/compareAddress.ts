import type { ComparedKind } from "../../shared/enums.ts";

type Kind = `${ComparedKind}`;

/** Something to be compared. */
export interface Subject {
  kind: Kind;
  id: string;
}

const WORDS: Record<Kind, string> = {
  EXPERIMENT: "experiment",
  ROUND: "round",
  POLICY: "policy",
  REWARD_MODEL: "model",
};
const KINDS = new Map(Object.entries(WORDS).map(([kind, word]) => [word, kind as Kind]));
/** More are not compared at once: the API refuses them. */
export const MOST_SUBJECTS = 20;

/** Subjects as a part of an address, of signs that stay as they are there: "round.<id>_model.<id>". */
export const subjectsText = (subjects: readonly Subject[]): string =>
  subjects.map(({ kind, id }) => `${WORDS[kind]}.${id}`).join("_");

/** The subjects of an address, each once; what names none is passed over. */
export function subjectsOf(text: string | null): Subject[] {
  const parts = new Set((text ?? "").split("_"));
  return [...parts]
    .flatMap((part) => {
      const [word = "", id = ""] = part.split(".");
      const kind = KINDS.get(word);
      return kind && /^[\da-f-]{36}$/i.test(id) ? [{ kind, id: id.toLowerCase() }] : [];
    })
    .slice(0, MOST_SUBJECTS);
}

/** The page that shows these side by side. */
export const compareAddress = (subjects: readonly Subject[]): string =>
  subjects.length === 0 ? "/compare" : `/compare?subjects=${subjectsText(subjects.slice(0, MOST_SUBJECTS))}`;
