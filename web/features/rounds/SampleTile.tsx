"use client";
import { Badge, Group, Text, UnstyledButton } from "@mantine/core";
import { decimal } from "../../../shared/format/number.ts";
import type { PromptRowsQuery } from "../../graphql/generated/graphql.ts";
import type { Choice } from "./prepareRow.ts";

export type PromptRow = NonNullable<PromptRowsQuery["round"]>["promptRows"]["nodes"][number];
export type RowSample = PromptRow["samples"][number];

const MARK = { chosen: { text: "▲ chosen", color: "green" }, rejected: { text: "▼ rejected", color: "red" } } as const;

interface SampleTileProps {
  sample: RowSample;
  choice: Choice;
  prompt: string;
  size: 160 | 640;
  onOpen?: () => void;
}

/** One sample with its reward; the mark is words and a sign, the colour only helps. */
export function SampleTile({ sample, choice, prompt, size, onOpen }: SampleTileProps) {
  const edge = size === 160 ? 128 : "100%";
  const picture = (
    // biome-ignore lint/performance/noImgElement: thumbnails are made by the server, sized and immutable
    <img
      src={`/artifacts/${sample.artifactSha256}/thumbnail/${size}`}
      alt={`${prompt}, k = ${sample.k}`}
      loading="lazy"
      style={{
        width: "100%",
        height: size === 160 ? 120 : "auto",
        objectFit: "contain",
        background: "#fff",
        borderRadius: 8,
        display: "block",
      }}
    />
  );
  const mark = choice && MARK[choice];
  return (
    <div
      style={{
        width: edge,
        border: mark ? `2px solid var(--mantine-color-${mark.color}-6)` : "2px solid transparent",
        borderRadius: 10,
        padding: 2,
      }}
    >
      {onOpen ? (
        <UnstyledButton w="100%" onClick={onOpen}>
          {picture}
        </UnstyledButton>
      ) : (
        picture
      )}
      <Group gap={4} justify="space-between" mt={4} mih={44} align="start">
        <Text size="sm" ff="monospace">
          {decimal(sample.score?.score)}
        </Text>
        {mark && (
          <Badge size="sm" color={mark.color} variant="light" tt="none">
            {mark.text}
          </Badge>
        )}
      </Group>
      {size === 640 && (
        <Text size="sm" c="dimmed">
          rank {sample.score?.rank ?? "–"} · k {sample.k} · {sample.label ?? "no label"} · seed {sample.seed ?? "–"}
        </Text>
      )}
    </div>
  );
}
