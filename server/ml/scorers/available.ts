import { needsOf, type ScorerCard, type ScorerNeeds } from "./card.ts";
import { readCards } from "./card-files.ts";
import { type FileState, fileState } from "./model-files.ts";
import { type ScorerSettings, scorerSettings } from "./settings.ts";

export interface ScorerAvailability extends FileState {
  readonly card: ScorerCard;
  readonly needs: ScorerNeeds;
}

export interface AvailableScorers {
  /** every scorer that has a card, by id */
  readonly scorers: readonly ScorerAvailability[];
  /** files in the user's folder that are no card: file, and the field at fault */
  readonly broken: readonly { readonly source: string; readonly reason: string }[];
}

/** The scorers of this machine, and which of them have their files. Reads cards, no model. */
export async function availableScorers(settings: ScorerSettings = scorerSettings()): Promise<AvailableScorers> {
  const { cards, broken } = await readCards(settings);
  const scorers = await Promise.all(
    [...cards.values()].map(async (located) => ({
      card: located.card,
      needs: needsOf(located.card),
      ...(await fileState(located, settings)),
    })),
  );
  return { scorers, broken };
}
