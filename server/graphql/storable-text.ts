import type { ApolloServerPlugin } from "@apollo/server";
import { type DocumentNode, Kind, visit } from "graphql";
import { UserError } from "../../shared/user-error.ts";
import { refusal } from "./errors.ts";

/** What Postgres refuses (NUL) or what UTF-8 can't say (half of a surrogate pair), so that it would come back changed. */
const isStorable = (text: string): boolean => !text.includes("\0") && text.isWellFormed();

/** Path of the first text inside `value` that can't be stored, such as `samples[3].label`; null if all can. */
function unstorableIn(value: unknown, path: string): string | null {
  if (typeof value === "string") return isStorable(value) ? null : path;
  if (value === null || typeof value !== "object") return null;
  const list = Array.isArray(value);
  for (const [key, inner] of Object.entries(value)) {
    const at = list ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    const found = list || isStorable(key) ? unstorableIn(inner, at) : path || "input";
    if (found !== null) return found;
  }
  return null;
}

/** By document: Apollo keeps those that were asked before. */
const literals = new WeakMap<DocumentNode, string | null>();

/** The same for literals in the document. The path has names only, without places in lists. */
function unstorableLiteral(document: DocumentNode): string | null {
  const known = literals.get(document);
  if (known !== undefined) return known;
  const found = findUnstorableLiteral(document);
  literals.set(document, found);
  return found;
}

function findUnstorableLiteral(document: DocumentNode): string | null {
  let found: string | null = null;
  const path: string[] = [];
  const named = {
    enter: (node: { name: { value: string } }) => void path.push(node.name.value),
    leave: () => void path.pop(),
  };
  visit(document, {
    [Kind.ARGUMENT]: named,
    [Kind.OBJECT_FIELD]: named,
    [Kind.STRING]: (node) => {
      if (!isStorable(node.value)) found ??= path.filter((name, i) => i > 0 || name !== "input").join(".");
    },
  });
  return found;
}

/** The refusal of text that can't be stored as it came, wherever in an operation it stands; null if there is none. */
export function unstorableText(document: DocumentNode, variables: Record<string, unknown>): UserError | null {
  const { input, ...others } = variables;
  const field = unstorableIn(input, "") ?? unstorableIn(others, "") ?? unstorableLiteral(document);
  if (field === null) return null;
  return new UserError("BAD_INPUT", `${field}: text may not hold NUL characters or unpaired surrogates.`, field);
}

export const storableText: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async didResolveOperation({ document, request }) {
        const mistake = unstorableText(document, request.variables ?? {});
        if (mistake) throw refusal(mistake);
      },
    };
  },
};
