/**
 * Runs `work` on every item, at most `atOnce` at a time; an item is asked for when there is room for it.
 * @returns results in the order of the items. @throws the first failure, of `work` or of `items`
 */
export async function* concurrently<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  for await (const item of items) {
    const task = work(item);
    // A failure is met when its turn comes; until then it is no unhandled one.
    task.catch(() => undefined);
    running.push(task);
    const first = running.length < atOnce ? undefined : running.shift();
    if (first) yield await first;
  }
  for (const task of running) yield await task;
}
