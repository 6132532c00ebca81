/**
 * Lets volunteers open their page without a connection. Of the whole server it answers for two things alone, and only to pages under
 * /vote/: the page itself, as a shell that names nobody, and the images of the pairs that the page says are ahead. What the API says
 * is the page's to keep and never passes through here.
 */
const SHELL = "/vote/shell";
const [SHELL_CACHE, IMAGE_CACHE] = ["vote-shell", "vote-images"];
/** A phone between two cells says nothing for minutes; a volunteer who has a shell need not wait for it, ms. */
const PATIENCE_MS = 6_000;

/** Takes the page of this moment with all that it loads, and lets go what it does not load any more. */
async function refreshShell() {
  const page = await fetch(SHELL, { cache: "no-store" });
  if (!page.ok) throw new Error(`The shell was answered with ${page.status}.`);
  const html = await page.clone().text();
  const parts = [...new Set(html.match(/\/_next\/static\/[\w./~-]+\.(?:js|css)/g) ?? [])];
  const cache = await caches.open(SHELL_CACHE);
  const known = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  await cache.addAll(parts.filter((part) => !known.has(part)));
  // Last, so that a shell is never there without its parts.
  await cache.put(SHELL, page);
  const wanted = new Set([SHELL, ...parts]);
  await Promise.all([...known].filter((path) => !wanted.has(path)).map((path) => cache.delete(path)));
}

async function pageOf(request) {
  const shell = await caches.match(SHELL, { cacheName: SHELL_CACHE });
  if (!shell) return fetch(request);
  try {
    const answer = await Promise.race([
      fetch(request),
      new Promise((_, reject) => setTimeout(() => reject(new Error("no answer")), PATIENCE_MS)),
    ]);
    return answer.status >= 500 ? shell : answer;
  } catch {
    return shell;
  }
}

/** Exactly the images of the pairs ahead: what is judged is let go. */
async function keepImages(paths) {
  const wanted = new Set(paths.filter((path) => /^\/ballots\/images\/[\w-]+\/[12]$/.test(path)));
  const cache = await caches.open(IMAGE_CACHE);
  const known = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  await Promise.all([...known].filter((path) => !wanted.has(path)).map((path) => cache.delete(path)));
  // One that can't be had now is asked for again with the next pair.
  for (const path of wanted) if (!known.has(path)) await cache.add(path).catch(() => undefined);
}

const keptOr = async (request, cacheName) => (await caches.match(request, { cacheName })) ?? fetch(request);

self.addEventListener("install", (event) => event.waitUntil(refreshShell().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  if (Array.isArray(event.data?.images)) event.waitUntil(keepImages(event.data.images.map(String)));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(pageOf(request));
    event.waitUntil(refreshShell().catch(() => undefined));
  } else if (pathname.startsWith("/_next/static/")) event.respondWith(keptOr(request, SHELL_CACHE));
  else if (pathname.startsWith("/ballots/images/")) event.respondWith(keptOr(request, IMAGE_CACHE));
});
