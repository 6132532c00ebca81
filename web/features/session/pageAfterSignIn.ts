/** The page that sent the reader here, if it is one of ours; the list otherwise. */
export function pageAfterSignIn(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? "/";
  return /^\/(?![/\\])/.test(next) ? next : "/";
}
