import type { CSSProperties } from "react";

/** How the samples lie in the grid, in pixels; cards are all alike, so that any place of the list is known unseen. */
export interface GridShape {
  /** Cards beside each other. */
  perLine: number;
  /** Of a card, and of a card with the gap below it. */
  width: number;
  lineHeight: number;
  gap: number;
  /** What the style sheet needs to know. */
  style: CSSProperties;
}

/** Tiles of one prompt; the comparison shows all of them. */
export const MOST_TILES = 24;

const GAP = 10;
/** Tiles keep a size at which a style can be told. */
const LEAST_TILE = 92;
const LEAST_ALONE = 124;
const BETWEEN_TILES = 4;
/** Tiles of a prompt beside each other; more wrap. */
const WIDEST = 8;
const WIDEST_ON_PHONE = 4;
const PHONE = 480;
/** Padding and border of a prompt's card, and its title with the space below. */
const CARD_EDGE = 2 * 11;
const TITLE = 26;
/** Of a tile: what it is wider than its picture, and what is below it. */
const TILE_EDGE = 2 * 5;
const CAPTION = 38;
const CAPTION_OF_TWO = 56;

const fitting = (width: number, least: number): number => Math.max(1, Math.floor((width + GAP) / (least + GAP)));
const cardWidth = (width: number, perLine: number): number => Math.floor((width - GAP * (perLine - 1)) / perLine);

/** Prompts with their K samples: as many cards beside each other as keep their tiles large enough. */
export function promptShape(width: number, k: number): GridShape {
  const columns = Math.min(Math.max(k, 1), width < PHONE ? WIDEST_ON_PHONE : WIDEST);
  const perLine = fitting(width, columns * LEAST_TILE + CARD_EDGE);
  const card = cardWidth(width, perLine);
  const tile = Math.floor((card - CARD_EDGE - BETWEEN_TILES * (columns - 1)) / columns);
  const rows = Math.ceil(Math.min(Math.max(k, 1), MOST_TILES) / columns);
  const tileHeight = tile + CAPTION;
  return {
    perLine,
    width: card,
    gap: GAP,
    lineHeight: CARD_EDGE + TITLE + rows * tileHeight + (rows - 1) * BETWEEN_TILES + GAP,
    style: { "--columns": columns, "--picture": `${tile - TILE_EDGE}px`, "--caption": `${CAPTION}px` } as CSSProperties,
  };
}

/** Samples one by one, with the rewards of one model or of two. */
export function sampleShape(width: number, isOfTwo: boolean): GridShape {
  const perLine = fitting(width, LEAST_ALONE);
  const tile = cardWidth(width, perLine);
  const caption = isOfTwo ? CAPTION_OF_TWO : CAPTION;
  return {
    perLine,
    width: tile,
    gap: GAP,
    lineHeight: tile + caption + GAP,
    style: { "--picture": `${tile - TILE_EDGE}px`, "--caption": `${caption}px` } as CSSProperties,
  };
}
