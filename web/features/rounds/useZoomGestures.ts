"use client";
import { type Dispatch, type PointerEvent, type SetStateAction, useEffect, useRef } from "react";
import { panBy, type Zoom, zoomAt } from "./zoom.ts";

const WHEEL = 0.0015;
/** A press that moves less is a click, pixels. */
const CLICK = 4;

type SetZoom = Dispatch<SetStateAction<Zoom>>;

/** The wheel zooms at the pointer. React's own listener is passive and could not keep the page from scrolling. */
function useWheel(setZoom: SetZoom) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const pane = ref.current;
    if (!pane) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = pane.getBoundingClientRect();
      const point = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
      setZoom((zoom) => zoomAt(zoom, Math.exp(-event.deltaY * WHEEL), point));
    };
    pane.addEventListener("wheel", onWheel, { passive: false });
    return () => pane.removeEventListener("wheel", onWheel);
  }, [setZoom]);
  return ref;
}

/** Drag to move, two fingers or the wheel to zoom, a click to bring its point to the middle. */
export function useZoomGestures(zoom: Zoom, setZoom: SetZoom) {
  const ref = useWheel(setZoom);
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const travelled = useRef(0);
  const share = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height, box };
  };
  const spread = () => {
    const [a, b] = [...pointers.current.values()];
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : null;
  };
  const onPointerDown = (event: PointerEvent) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, share(event));
    travelled.current = 0;
  };
  const onPointerMove = (event: PointerEvent) => {
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    const apart = spread();
    const now = share(event);
    pointers.current.set(event.pointerId, now);
    travelled.current += Math.hypot((now.x - before.x) * now.box.width, (now.y - before.y) * now.box.height);
    const nowApart = spread();
    if (apart && nowApart) setZoom((z) => zoomAt(z, nowApart / apart, now));
    else setZoom((z) => panBy(z, now.x - before.x, now.y - before.y));
  };
  const release = (event: PointerEvent) => pointers.current.delete(event.pointerId);
  const onPointerUp = (event: PointerEvent) => {
    const at = share(event);
    if (pointers.current.size === 1 && travelled.current < CLICK && zoom.scale > 1)
      setZoom((z) => panBy(z, 0.5 - at.x, 0.5 - at.y));
    release(event);
  };
  return { ref, handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: release } };
}
