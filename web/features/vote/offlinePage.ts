/** The worker that opens this page without a connection (`web/public/vote/worker.js`). Browsers have it for https and this machine alone. */

/** From now on the page can be opened offline, where the browser lets us. */
export function keepPage(): void {
  if (navigator.serviceWorker)
    void navigator.serviceWorker.register("/vote/worker.js", { scope: "/vote/" }).catch(() => undefined);
}

/** The images to have offline; all others are let go. */
export function keepImages(images: readonly string[]): void {
  void navigator.serviceWorker?.ready.then(({ active }) => active?.postMessage({ images }));
}
