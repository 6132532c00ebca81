"use client";
import { useQuery } from "@apollo/client/react";
import { Box, Stack, Text, Title } from "@mantine/core";
import { QueryProblem } from "../../components/QueryState.tsx";
import { ROUNDS_LIVE } from "../../graphql/live.graphql.ts";
import { useLive } from "../../graphql/useLive.ts";
import { CONTACT_SHEETS, SELECTED_SAMPLES } from "./ContactSheets.graphql.ts";
import classes from "./ContactSheets.module.css";
import { prepareSheets, type Sheets, selectorOf } from "./prepareSheets.ts";

const PROMPTS = 10;

function SheetsTable({ prompts, sheets }: Sheets) {
  return (
    <Box className={classes.scroll} role="region" aria-label="Drawings side by side" tabIndex={0}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Prompt</th>
            {sheets.map(({ key, label }) => (
              <th key={key} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {prompts.map((prompt, i) => (
            <tr key={prompt}>
              <th scope="row">{prompt}</th>
              {sheets.map(({ key, label, images }) => (
                <td key={key}>
                  {images[i] ? (
                    // biome-ignore lint/performance/noImgElement: thumbnails are made by the server, sized and immutable
                    <img
                      className={classes.image}
                      src={`/artifacts/${images[i]}/thumbnail/160`}
                      alt={`${prompt}, ${label}`}
                      loading="lazy"
                    />
                  ) : (
                    "–"
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Box>
  );
}

/** Ten held-out prompts as the base policy, its best of K and each arm draw them, from the same noise. */
export function ContactSheets({ experimentId, promptTag }: { experimentId: string; promptTag: string }) {
  const { data, error, refetch } = useQuery(CONTACT_SHEETS, {
    variables: { id: experimentId, promptTag, prompts: PROMPTS },
    fetchPolicy: "cache-and-network",
  });
  const experiment = data?.experiment;
  const selector = experiment ? selectorOf(experiment) : null;
  const { data: selected } = useQuery(SELECTED_SAMPLES, {
    variables: { roundId: "", rewardModelId: "", ...selector, promptTag, prompts: PROMPTS },
    skip: selector === null,
    fetchPolicy: "cache-and-network",
  });
  useLive(ROUNDS_LIVE, { variables: { experimentId, aspects: ["WORK"] }, refetch });
  if (!experiment) return <QueryProblem error={error} onRetry={refetch} />;
  const prepared = prepareSheets(experiment, selected?.round);
  if (prepared.sheets.length === 0) return null;
  return (
    <Stack gap="xs" component="section" aria-label="Contact sheets">
      <Title order={2} size="h4">
        Side by side
      </Title>
      <Text size="sm" c="dimmed">
        The first {prepared.prompts.length} held-out prompts, each drawn from the same noise in every column; best of K
        is the reward model's choice among the base policy's.
      </Text>
      <SheetsTable {...prepared} />
    </Stack>
  );
}
