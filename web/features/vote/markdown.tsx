import { Children, type ReactNode } from "react";

/**
 * Instructions as elements: paragraphs, # headings, - and 1. lists, **bold**, *emphasis*, `code` and [links](https://...). Built as
 * elements and never as HTML, so whatever else stands in the text is shown as text.
 */
export function Markdown({ text }: { text: string }) {
  const blocks = text
    .replaceAll("\r\n", "\n")
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== "");
  return Children.toArray(blocks.map(blockOf));
}

function blockOf(block: string): ReactNode {
  const heading = /^#{1,6}\s+(.*)$/.exec(block.trim());
  if (heading) return <h2>{inline(heading[1] ?? "")}</h2>;
  const lines = block.trim().split("\n");
  const items = (marker: RegExp) => Children.toArray(lines.map((line) => itemOf(line.replace(marker, ""))));
  if (lines.every((line) => /^\s*[-*]\s+/.test(line))) return <ul>{items(/^\s*[-*]\s+/)}</ul>;
  if (lines.every((line) => /^\s*\d+[.)]\s+/.test(line))) return <ol>{items(/^\s*\d+[.)]\s+/)}</ol>;
  return <p>{inline(lines.join(" "))}</p>;
}

const itemOf = (line: string): ReactNode => <li>{inline(line)}</li>;

const INLINE = /\*\*([^*]+)\*\*|\*([^*]+)\*|`([^`]+)`|\[([^\]]+)\]\((https:\/\/[^\s)]+)\)/g;

function inline(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, bold, emphasis, code, label, address] = match;
    parts.push(text.slice(end, match.index));
    const key = match.index;
    if (bold) parts.push(<strong key={key}>{bold}</strong>);
    else if (emphasis) parts.push(<em key={key}>{emphasis}</em>);
    else if (code) parts.push(<code key={key}>{code}</code>);
    else
      parts.push(
        <a key={key} href={address} target="_blank" rel="noopener noreferrer">
          {label}
        </a>,
      );
    end = match.index + whole.length;
  }
  return [...parts, text.slice(end)];
}
