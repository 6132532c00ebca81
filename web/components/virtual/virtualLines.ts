/** A long list of items of one size, laid out in lines; only the lines in view exist. All lengths in pixels. */
export interface Lines {
  /** Items of the whole list. */
  total: number;
  perLine: number;
  /** Including the gap below. */
  lineHeight: number;
  /** Of the window through which the list is seen. */
  viewHeight: number;
}

/** Where the list is scrolled to: what the browser says, and which point of the list lies at the top of the view. */
export interface ScrollPlace {
  scrollTop: number;
  offset: number;
}

/** Browsers make no element longer: Firefox ends at 17.9 million, Chromium at 33.5 million. */
export const MOST_PIXELS = 15_000_000;

export const START: ScrollPlace = { scrollTop: 0, offset: 0 };

const wholeHeight = ({ total, perLine, lineHeight }: Lines): number => Math.ceil(total / perLine) * lineHeight;

/** Height of the element that is scrolled. */
export const scrolledHeight = (lines: Lines): number => Math.min(wholeHeight(lines), MOST_PIXELS);

const furthest = (height: number, lines: Lines): number => Math.max(0, height - lines.viewHeight);
const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), most);

/**
 * Where a scroll of the browser leads. Of a list that is longer than an element can be, the bar spans the whole list, and
 * what moves by less than a view moves the list by as many pixels.
 */
export function scrolledTo(before: ScrollPlace, scrollTop: number, lines: Lines): ScrollPlace {
  const [bar, list] = [furthest(scrolledHeight(lines), lines), furthest(wholeHeight(lines), lines)];
  const moved = scrollTop - before.scrollTop;
  if (bar === list) return { scrollTop, offset: clamp(scrollTop, list) };
  if (scrollTop <= 0) return { scrollTop, offset: 0 };
  if (scrollTop >= bar) return { scrollTop, offset: list };
  const offset = Math.abs(moved) <= lines.viewHeight ? before.offset + moved : (scrollTop / bar) * list;
  return { scrollTop, offset: clamp(offset, list) };
}

/** The place with an item's line at the top of the view, as far as the list goes. */
export function placeOf(item: number, lines: Lines): ScrollPlace {
  const [bar, list] = [furthest(scrolledHeight(lines), lines), furthest(wholeHeight(lines), lines)];
  const offset = clamp(Math.floor(item / lines.perLine) * lines.lineHeight, list);
  return { offset, scrollTop: bar === list ? offset : Math.round((offset / list) * bar) };
}

/** The place nearest to this one where all of the item's line is in view; this one, where it is already. */
export function placeShowing(item: number, place: ScrollPlace, lines: Lines): ScrollPlace {
  const top = Math.floor(item / lines.perLine) * lines.lineHeight;
  const over = top + lines.lineHeight - lines.viewHeight;
  if (top >= place.offset && over <= place.offset) return place;
  const wanted = top < place.offset ? top : Math.max(over, 0);
  const near = Math.abs(wanted - place.offset) <= lines.viewHeight;
  return near ? scrolledTo(place, place.scrollTop + wanted - place.offset, lines) : placeOf(item, lines);
}

/** Items in view, from `first` to before `end`, with `spare` lines more on either side. */
export function itemsInView({ offset }: ScrollPlace, lines: Lines, spare = 0): { first: number; end: number } {
  const { total, perLine, lineHeight, viewHeight } = lines;
  const from = Math.floor(offset / lineHeight) - spare;
  const to = Math.ceil((offset + viewHeight) / lineHeight) + spare;
  return { first: clamp(from * perLine, total), end: clamp(to * perLine, total) };
}

/** Where in the scrolled element an item's line is drawn. */
export const topOf = (item: number, { offset, scrollTop }: ScrollPlace, { perLine, lineHeight }: Lines): number =>
  Math.floor(item / perLine) * lineHeight - offset + scrollTop;
