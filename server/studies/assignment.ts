/**
 * Who judges what next: pure, so that it can be simulated. The server asks it for a few items at a time, under a lock of the
 * study, and counts what it has handed out; see ARCHITECTURE.md for why that keeps every item within one vote of the others.
 */
import { AssignmentKind } from "../../shared/enums.ts";
import { RandomStream } from "../../shared/random.ts";

/** An item as it stands: what it has, and what it was promised. */
export interface ItemState {
  id: string;
  promptId: string;
  armA: number;
  armB: number;
  /** Votes, and assignments that a participant is likely to vote on yet. */
  taken: number;
  /** How often arm b was, or is to be, on the left, less how often arm a was. */
  tilt: number;
}

/** What a participant was given, in order. */
export interface Given {
  itemId: string;
  promptId: string;
  armA: number;
  armB: number;
  kind: AssignmentKind;
  flipped: boolean;
}

export interface Next {
  itemId: string;
  kind: AssignmentKind;
  flipped: boolean;
}

export interface ParticipantPlan {
  /** items to vote on at most */
  votes: number;
  attentionChecks: number;
  repeats: number;
  /** names the participant's own stream of chance */
  seed: number;
  participant: number;
}

/** Items between one and its repeat, at least. */
const REPEAT_DISTANCE = 5;
const [SLOT_STREAM, CHOICE_STREAM] = [71, 72];

const pairOf = ({ armA, armB }: { armA: number; armB: number }): string => `${armA} ${armB}`;

/** A participant's kinds of assignments after the practice, in order. The same participant always has the same. */
export function slotsOf({ votes, attentionChecks, repeats, seed, participant }: ParticipantPlan): AssignmentKind[] {
  const random = new RandomStream(seed, SLOT_STREAM, participant);
  const slots: AssignmentKind[] = Array.from({ length: votes }, () => AssignmentKind.VOTE);
  const insert = (kind: AssignmentKind, times: number, from: number) => {
    for (let i = 0; i < times; i++) {
      const first = Math.min(from, slots.length);
      slots.splice(first + random.below(slots.length - first + 1), 0, kind);
    }
  };
  // Both show again what was seen before, so neither comes first.
  insert(
    AssignmentKind.REPEAT,
    votes > REPEAT_DISTANCE ? Math.min(repeats, votes - REPEAT_DISTANCE) : 0,
    REPEAT_DISTANCE + 1,
  );
  insert(AssignmentKind.ATTENTION, Math.min(attentionChecks, votes), Math.max(2, attentionChecks));
  return slots;
}

/**
 * The next assignments of a participant, at most `count`; fewer when the slots or the items that still want votes run out.
 * Changes `items`, as what is handed out counts at once.
 * @param weightOf how much a pair of arms deserves votes (adaptive); the heavier pair goes first, by lot
 */
export function nextAssignments(
  given: readonly Given[],
  items: ItemState[],
  options: { plan: ParticipantPlan; count: number; votesPerItem: number; weightOf?: (item: ItemState) => number },
): Next[] {
  const { plan, count, votesPerItem, weightOf } = options;
  const slots = slotsOf(plan);
  const history = [...given];
  const next: Next[] = [];
  const total = weightOf ? votesPerItem * items.length : Number.POSITIVE_INFINITY;
  for (let place = history.length; next.length < count && place < slots.length; place++) {
    const random = new RandomStream(plan.seed, CHOICE_STREAM, plan.participant, place);
    const wanted = slots[place] as AssignmentKind;
    const again = wanted === AssignmentKind.VOTE ? undefined : seenItem(history, items, { random, kind: wanted });
    const item = again ?? freshItem(history, items, { random, votesPerItem, total, weightOf });
    if (!item) break;
    const kind = again ? wanted : AssignmentKind.VOTE;
    const flipped = sideOf(history, item, { random, kind });
    if (kind === AssignmentKind.VOTE) {
      item.taken++;
      item.tilt += flipped ? 1 : -1;
    }
    history.push({ ...item, itemId: item.id, kind, flipped });
    next.push({ itemId: item.id, kind, flipped });
  }
  return next;
}

interface Choice {
  random: RandomStream;
  votesPerItem: number;
  total: number;
  weightOf?: (item: ItemState) => number;
}

/** The item with the fewest votes that the participant has not seen; of these a pair of arms and a prompt seen least; by lot. */
function freshItem(
  history: readonly Given[],
  items: readonly ItemState[],
  { random, votesPerItem, total, weightOf }: Choice,
): ItemState | undefined {
  const seen = new Set(history.map(({ itemId }) => itemId));
  const open = items.filter((item) => !seen.has(item.id) && (weightOf || item.taken < votesPerItem));
  if (weightOf && items.reduce((sum, { taken }) => sum + taken, 0) >= total) return undefined;
  const pairs = countsOf(history, pairOf);
  const prompts = countsOf(history, ({ promptId }) => promptId);
  const pool = weightOf ? drawPair(open, { random, weightOf }) : open;
  const keyed = pool.map((item) => ({
    item,
    order: [item.taken, pairs.get(pairOf(item)) ?? 0, prompts.get(item.promptId) ?? 0, random.uniform()],
  }));
  return keyed.reduce<(typeof keyed)[number] | undefined>(
    (best, one) => (best && compare(best.order, one.order) <= 0 ? best : one),
    undefined,
  )?.item;
}

/** The items of one pair of arms, drawn in proportion to the pairs' weights. */
function drawPair(
  open: readonly ItemState[],
  { random, weightOf }: { random: RandomStream; weightOf: (item: ItemState) => number },
): ItemState[] {
  const byPair = [...Map.groupBy(open, pairOf).values()];
  const weights = byPair.map((group) => weightOf(group[0] as ItemState));
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [i, group] of byPair.entries()) {
    left -= weights[i] ?? 0;
    if (left < 0) return group;
  }
  return byPair.at(-1) ?? [];
}

/** An item voted on before, for a repeat long enough ago; by lot among those not shown again yet. */
function seenItem(
  history: readonly Given[],
  items: readonly ItemState[],
  { random, kind }: { random: RandomStream; kind: AssignmentKind },
): ItemState | undefined {
  const again = new Set(history.filter((one) => one.kind === kind).map(({ itemId }) => itemId));
  const old =
    kind === AssignmentKind.REPEAT ? history.slice(0, Math.max(0, history.length - REPEAT_DISTANCE)) : history;
  const choices = old.filter((one) => one.kind === AssignmentKind.VOTE && !again.has(one.itemId));
  const chosen = choices[random.below(Math.max(1, choices.length))];
  return chosen && items.find((item) => item.id === chosen.itemId);
}

/** The side that the item, then the participant, had less often; by lot where even. A repeat is turned around. */
function sideOf(
  history: readonly Given[],
  item: ItemState,
  { random, kind }: { random: RandomStream; kind: AssignmentKind },
): boolean {
  if (kind === AssignmentKind.REPEAT) return !history.find((one) => one.itemId === item.id)?.flipped;
  if (kind === AssignmentKind.ATTENTION) return random.uniform() < 0.5;
  const own = history.reduce((sum, one) => sum + (one.kind === AssignmentKind.VOTE ? (one.flipped ? 1 : -1) : 0), 0);
  // Both matter: an item of a few votes, and a participant who leaves early.
  const tilt = item.tilt + own;
  return tilt === 0 ? random.uniform() < 0.5 : tilt < 0;
}

function countsOf<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
  return counts;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
