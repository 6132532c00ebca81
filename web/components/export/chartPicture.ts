import { SERIES_COLOURS, SERIES_DASHES } from "../charts/seriesStyle.ts";

/** What of the page's style a picture needs to look the same without the page. */
const STYLES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-opacity",
  "stroke-linejoin",
  "opacity",
  "font-size",
  "font-weight",
  "text-anchor",
  "visibility",
] as const;
const FONT = "Helvetica, Arial, sans-serif";
const [HEAD, LINE, LETTER, MARGIN] = [26, 16, 6.4, 10];
const SVG = "http://www.w3.org/2000/svg";
/** Pixels of a PNG for one of the picture's. */
const SCALE = 3;

export interface ChartPicture {
  svg: string;
  width: number;
  height: number;
}

/** The page's colours as a paper needs them. Nothing is painted in between, so the reader sees no change. */
export function inLight<T>(work: () => T): T {
  const root = document.documentElement;
  const scheme = root.getAttribute("data-mantine-color-scheme");
  root.setAttribute("data-mantine-color-scheme", "light");
  try {
    return work();
  } finally {
    if (scheme) root.setAttribute("data-mantine-color-scheme", scheme);
  }
}

function element(name: string, attributes: Record<string, string | number>, text?: string): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** A copy whose every part carries its own style. */
export function styledCopy(original: Element): Element {
  const copy = original.cloneNode(true) as Element;
  const [from, to] = [original, copy].map((root) => [root, ...root.querySelectorAll("*")]);
  for (const [i, part] of (from ?? []).entries()) {
    const target = to?.[i];
    if (!(part instanceof SVGElement) || !target || part.tagName === "title") continue;
    const style = getComputedStyle(part);
    for (const name of STYLES) target.setAttribute(name, style.getPropertyValue(name));
    for (const name of ["class", "style", "tabindex", "role"]) target.removeAttribute(name);
  }
  return copy;
}

/** A line of the legend: the stroke of the series' place and what it is. */
function legendLine(text: string, place: number, y: number): SVGElement[] {
  const colour = SERIES_COLOURS[place % SERIES_COLOURS.length] ?? "";
  const dash = SERIES_DASHES[place % SERIES_DASHES.length] ?? "";
  return [
    element("line", {
      ...{ x1: MARGIN, x2: MARGIN + 22, y1: y - 4, y2: y - 4, stroke: resolved(colour), "stroke-width": 2.5 },
      "stroke-dasharray": dash || "none",
    }),
    element("text", { x: MARGIN + 30, y, "font-size": 12, fill: "#000" }, text),
  ];
}

/** What a custom property comes to: only the browser can say. */
function resolved(colour: string): string {
  const probe = document.createElement("span");
  probe.style.color = colour;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

/** The chart as an SVG file that needs nothing else: title, light colours on white, and the legend. */
export function chartPicture(chart: SVGSVGElement, title: string, legend: readonly string[]): ChartPicture {
  const { width: chartWidth, height: chartHeight } = chart.viewBox.baseVal;
  const longest = Math.max(title.length * 1.15, ...legend.map(({ length }) => length + 5));
  const width = Math.max(chartWidth, Math.ceil(longest * LETTER)) + 2 * MARGIN;
  const height = HEAD + chartHeight + (legend.length > 0 ? legend.length * LINE + MARGIN : 0);
  const file = element("svg", { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FONT });
  inLight(() => {
    const drawing = styledCopy(chart);
    for (const [key, value] of Object.entries({ x: MARGIN, y: HEAD, width: chartWidth, height: chartHeight }))
      drawing.setAttribute(key, String(value));
    file.append(
      element("title", {}, title),
      element("rect", { width, height, fill: "#fff" }),
      element("text", { x: MARGIN, y: 17, "font-size": 13, "font-weight": 700, fill: "#000" }, title),
      drawing,
      ...legend.flatMap((text, place) => legendLine(text, place, HEAD + chartHeight + (place + 1) * LINE)),
    );
  });
  return { svg: new XMLSerializer().serializeToString(file), width, height };
}

/** The same as pixels, three for one. */
export async function asPng({ svg, width, height }: ChartPicture): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((png) => (png ? resolve(png) : reject(new Error("The picture could not be drawn."))), "image/png"),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}
