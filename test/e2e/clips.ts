import type { Page } from "playwright-core";

/** What the clips of a part of a page show while it is watched: their frames in order of the page, each time that one changes. */
export const framesOf = (page: Page, within: string, ms: number): Promise<string[]> =>
  page.evaluate(
    async ([selector, during]) => {
      const seen: string[] = [];
      for (const end = performance.now() + during; performance.now() < end; ) {
        await new Promise(requestAnimationFrame);
        const clips = [...document.querySelectorAll<HTMLElement>(`${selector} canvas`)];
        const now = clips.map(({ dataset }) => dataset.frame).join(" ");
        if (now !== seen.at(-1)) seen.push(now);
      }
      return seen;
    },
    [within, ms] as const,
  );

/** What two clips of five times 80 ms and three times 200 ms show together: both begin anew when the longer one is over. */
export const IN_STEP = ["0 0", "1 0", "2 0", "2 1", "3 1", "4 1", "4 2"];
