/** How an image lies in its pane: magnified about the pane's centre, then moved; in units of the pane's size. */
export interface Zoom {
  scale: number;
  x: number;
  y: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };
export const MAX_SCALE = 16;

const clamp = (value: number, most: number): number => Math.min(most, Math.max(-most, value));

/** The image may not leave the pane: at scale 1 it can't move at all. */
function kept({ scale, x, y }: Zoom): Zoom {
  const most = (scale - 1) / 2;
  return { scale, x: clamp(x, most), y: clamp(y, most) };
}

/** Magnifies by `factor`, to 1 at least and 16 at most; what lies under the point (0 to 1 in the pane) stays there. */
export function zoomAt(zoom: Zoom, factor: number, point: { x: number; y: number } = { x: 0.5, y: 0.5 }): Zoom {
  const scale = Math.min(MAX_SCALE, Math.max(1, zoom.scale * factor));
  const moved = (p: number, offset: number) => p - 0.5 - ((p - 0.5 - offset) / zoom.scale) * scale;
  return kept({ scale, x: moved(point.x, zoom.x), y: moved(point.y, zoom.y) });
}

/** Moves by a share of the pane. */
export const panBy = (zoom: Zoom, dx: number, dy: number): Zoom => kept({ ...zoom, x: zoom.x + dx, y: zoom.y + dy });
