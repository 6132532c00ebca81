import { inLight, styledCopy } from "./chartPicture.ts";

/** What a reader of paper can't use. */
const CONTROLS =
  "button, input, select, textarea, label, nav, script, style, link, [role=slider], [aria-busy=true], [aria-hidden=true]:not(svg)";
/** What of an element stays: what it says, to people and to those who can't see it. */
const KEPT = new Set([
  "alt",
  "aria-label",
  "colspan",
  "datetime",
  "href",
  "open",
  "role",
  "rowspan",
  "scope",
  "src",
  "title",
]);

const STYLE = `
  :root { color-scheme: light; font: 11pt/1.45 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: #000; background: #fff; }
  body { max-width: 1000px; margin: 2em auto; padding: 0 1em; overflow-wrap: anywhere; }
  h1 { font-size: 1.7em; margin-bottom: 0; } h2 { font-size: 1.25em; margin: 1.6em 0 0.4em; } h3 { font-size: 1.05em; margin: 0.8em 0 0.2em; }
  p { margin: 0.3em 0; } a { color: inherit; } summary { font-weight: 600; }
  table { border-collapse: collapse; width: 100%; margin: 0.6em 0; font-size: 0.86em; font-variant-numeric: tabular-nums; }
  thead { border-block: 1.5px solid; } tbody { border-bottom: 1.5px solid; }
  th, td { padding: 3px 8px; text-align: start; vertical-align: top; } thead th { white-space: nowrap; }
  dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 6px 18px; font-size: 0.9em; }
  dt { color: #555; font-size: 0.85em; } dd { margin: 0; }
  article, figure { display: inline-block; width: 320px; margin: 0.4em 1em 0.4em 0; vertical-align: top; break-inside: avoid; }
  article figure { width: 100%; } figcaption { font-size: 0.9em; } figure svg[viewBox] { width: 100%; height: auto; }
  [role=alert] { border: 1px solid; padding: 0.5em 0.8em; margin: 0.6em 0; }
  ul, ol { padding-inline-start: 1.2em; } img { width: 84px; height: 84px; object-fit: contain; margin: 2px; }
  span + span::before { content: " "; } ol > li > div { display: inline-block; margin-inline-end: 1.2em; vertical-align: top; }
  ol > li > div > * { display: block; } li { break-inside: avoid; } li a { text-decoration: none; }
  table img { width: 64px; height: 64px; } header, footer { color: #555; font-size: 0.85em; }
  h2, h3, thead { break-after: avoid; } tr, img { break-inside: avoid; } @page { margin: 16mm; }
`;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

async function dataUrl(address: string): Promise<string> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  const blob = await response.blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** Charts in their own colours, everything else without the page's style and without its controls. */
function copyOf(main: HTMLElement): HTMLElement {
  // What is drawn outside a figure is a control's sign.
  const charts = inLight(() =>
    [...main.querySelectorAll("svg")].map((svg) => (svg.closest("figure") ? styledCopy(svg) : "")),
  );
  const copy = main.cloneNode(true) as HTMLElement;
  for (const [i, chart] of [...copy.querySelectorAll("svg")].entries()) chart.replaceWith(charts[i] ?? "");
  for (const tile of copy.querySelectorAll("button:has(img)")) {
    const picture = document.createElement("span");
    picture.append(...tile.childNodes);
    tile.replaceWith(picture);
  }
  for (const control of copy.querySelectorAll(CONTROLS)) control.remove();
  for (const part of copy.querySelectorAll<HTMLElement>("*:not(svg, svg *)")) {
    if (part instanceof HTMLAnchorElement) part.setAttribute("href", part.href);
    for (const { name } of [...part.attributes]) if (!KEPT.has(name)) part.removeAttribute(name);
  }
  for (const details of copy.querySelectorAll("details")) details.open = true;
  return copy;
}

/**
 * What a page shows as one file for paper and for who has no access: no script, no style and no picture of elsewhere. Pictures that
 * are not on the page (a list's other thousands) are not in it.
 */
export async function reportPage(main: HTMLElement, title: string, now = new Date()): Promise<string> {
  const copy = copyOf(main);
  await Promise.all(
    [...copy.querySelectorAll("img")].map(async (image) => image.setAttribute("src", await dataUrl(image.src))),
  );
  const head = `GAN-RM Lab, ${now.toISOString().slice(0, 16).replace("T", " ")} UTC, ${window.location.href}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><header>${escaped(head)}</header>
<main>${copy.innerHTML}</main></body></html>
`;
}
