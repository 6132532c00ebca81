"use client";
import { Alert, Button, Group, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { count, reward } from "../../../shared/format/number.ts";
import classes from "./SharedExperiment.module.css";
import { type SharedExperiment, type SharedRound, sharedImage, sharedRound } from "./sharedClient.ts";

type Row = SharedRound["promptRows"]["nodes"][number];
interface Rows {
  rows: readonly Row[];
  next: string | null;
  problem: string | null;
  busy: boolean;
}
const NONE: Rows = { rows: [], next: null, problem: null, busy: true };

/** A round's samples, a page more with each call of `more`. */
function useSamples(link: string, index: number): Rows & { more(): void } {
  const [state, setState] = useState<Rows & { index: number }>({ ...NONE, index });
  const load = (after: string | null, before: readonly Row[]) =>
    sharedRound(link, index, after).then(
      ({ promptRows: { nodes, pageInfo } }) => ({
        ...{ rows: [...before, ...nodes], problem: null, busy: false, index },
        next: pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null,
      }),
      (error: Error) => ({ ...{ rows: before, next: after, problem: error.message, busy: false, index } }),
    );
  // The server is outside React; an answer about a round that was left is not shown.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first page of each round
  useEffect(() => {
    let left = false;
    setState({ ...NONE, index });
    void load(null, []).then((loaded) => !left && setState(loaded));
    return () => {
      left = true;
    };
  }, [link, index]);
  const more = () => {
    setState({ ...state, busy: true });
    void load(state.next, state.rows).then((loaded) => setState((now) => (now.index === loaded.index ? loaded : now)));
  };
  return { ...state, more };
}

function PromptSamples({ link, row: { prompt, samples } }: { link: string; row: Row }) {
  return (
    <li>
      <Text size="sm" fw={600} mb={4}>
        {prompt.text}
      </Text>
      <div className={classes.samples}>
        {samples.map(({ id, k, artifactSha256, score }) => (
          <figure key={id} className={classes.sample}>
            {/* biome-ignore lint/performance/noImgElement: a thumbnail of its own already */}
            <img src={sharedImage(link, artifactSha256)} alt={`${prompt.text}, sample ${k + 1}`} loading="lazy" />
            <Text component="figcaption" size="xs" c="dimmed">
              {score ? `${score.rank ? `rank ${score.rank}, ` : ""}reward ${reward(score.score)}` : `sample ${k + 1}`}
            </Text>
          </figure>
        ))}
      </div>
    </li>
  );
}

/** The samples of one round at a time, prompt by prompt. */
export function SharedSamples({ link, rounds }: { link: string; rounds: SharedExperiment["rounds"] }) {
  const drawn = rounds.filter((round) => round.sampleCount > 0);
  const [index, setIndex] = useState(drawn.at(-1)?.index ?? 0);
  const { rows, next, problem, busy, more } = useSamples(link, index);
  return (
    <Stack gap="sm" component="section" aria-label="Samples" aria-busy={busy}>
      <Group justify="space-between" align="end">
        <Title order={2} size="h4">
          Samples
        </Title>
        <NativeSelect
          label="Round"
          size="xs"
          value={index}
          data={drawn.map((round) => ({ value: String(round.index), label: `${round.index}: ${round.policyIn.name}` }))}
          onChange={(event) => setIndex(Number(event.currentTarget.value))}
        />
      </Group>
      <ul className={classes.rows}>
        {rows.map((row) => (
          <PromptSamples key={row.prompt.position} link={link} row={row} />
        ))}
      </ul>
      {problem && (
        <Alert color="red" title="Samples could not be loaded" role="alert">
          {problem}
        </Alert>
      )}
      {(next || problem) && (
        <Group>
          <Button variant="default" loading={busy} onClick={more}>
            {problem ? "Try again" : "More prompts"}
          </Button>
          <Text size="sm" c="dimmed">
            {count(rows.length)} prompts shown
          </Text>
        </Group>
      )}
    </Stack>
  );
}
