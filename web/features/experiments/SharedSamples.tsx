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

/** A round's samples, a page more with each call of `more`; as many as are shown are asked for again when `version` changes. */
function useSamples(link: string, index: number, version: string): Rows & { more(): void } {
  const [state, setState] = useState<Rows & { index: number }>({ ...NONE, index });
  const load = (after: string | null, before: readonly Row[]) =>
    sharedRound(link, index, after).then(
      ({ promptRows: { nodes, pageInfo } }) => ({
        ...{ rows: [...before, ...nodes], problem: null, busy: false, index },
        next: pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null,
      }),
      (error: Error) => ({ ...{ rows: before, next: after, problem: error.message, busy: false, index } }),
    );
  const loadUpTo = async (rows: number) => {
    let loaded = await load(null, []);
    while (loaded.next && !loaded.problem && loaded.rows.length < rows) loaded = await load(loaded.next, loaded.rows);
    return loaded;
  };
  // The server is outside React; an answer about a round that was left is not shown.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the first page of each round, and what is shown when it has changed
  useEffect(() => {
    let left = false;
    const shown = state.index === index ? state.rows.length : 0;
    if (shown === 0) setState({ ...NONE, index });
    void loadUpTo(shown).then((loaded) => !left && (shown === 0 || !loaded.problem) && setState(loaded));
    return () => {
      left = true;
    };
  }, [link, index, version]);
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
  const round = drawn.find((one) => one.index === index);
  const version = `${round?.sampleCount} ${round?.rewardModels.map(({ id, state }) => `${id} ${state}`)}`;
  const { rows, next, problem, busy, more } = useSamples(link, index, version);
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
