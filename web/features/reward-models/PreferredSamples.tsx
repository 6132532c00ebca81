"use client";
import { useQuery } from "@apollo/client/react";
import { SimpleGrid, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import { reward } from "../../../shared/format/number.ts";
import { QueryProblem } from "../../components/QueryState.tsx";
import type { PreferredSampleFragment } from "../../graphql/generated/graphql.ts";
import classes from "./PreferredSamples.module.css";
import type { RewardModel } from "./prepareCurves.ts";
import { PREFERRED_SAMPLES } from "./RewardModelPage.graphql.ts";

const SHOWN = 12;

interface GalleryProps {
  title: string;
  samples: readonly PreferredSampleFragment[];
  /** The comparison of a sample with the others of its prompt. */
  hrefOf(sample: PreferredSampleFragment): string;
}

function Gallery({ title, samples, hrefOf }: GalleryProps) {
  return (
    <Stack gap={6}>
      <Title order={3} size="h5">
        {title}
      </Title>
      <ul className={classes.gallery}>
        {samples.map((sample) => (
          <li key={sample.id}>
            <Link href={hrefOf(sample)} className={classes.sample} title={sample.prompt.text}>
              {/* biome-ignore lint/performance/noImgElement: thumbnails are made by the server, sized and immutable */}
              <img
                src={`/artifacts/${sample.artifactSha256}/thumbnail/160`}
                alt=""
                loading="lazy"
                decoding="async"
                width={160}
                height={160}
              />
              <span className={classes.caption}>
                {reward(sample.score?.score)} · {sample.prompt.text}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Stack>
  );
}

/** Both ends of the order by reward over all prompts: what the model has learned to like, and what it has not. */
export function PreferredSamples({ model }: { model: RewardModel }) {
  const { data, error, refetch } = useQuery(PREFERRED_SAMPLES, {
    variables: { round: model.round.id, model: model.id, n: SHOWN },
    fetchPolicy: "cache-and-network",
  });
  const { most, least } = data?.round ?? {};
  if (error) return <QueryProblem error={error} onRetry={refetch} />;
  if (!most || !least || most.nodes.length === 0) return null;
  const hrefOf = ({ prompt }: PreferredSampleFragment) =>
    `/rounds/${model.round.id}?${new URLSearchParams({ model: model.id, search: prompt.text, prompt: prompt.id })}`;
  return (
    <Stack gap="xs" component="section" aria-label="Most and least preferred">
      <Title order={2} size="h4">
        Most and least preferred
      </Title>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Gallery title="Highest rewards" samples={most.nodes} hrefOf={hrefOf} />
        <Gallery title="Lowest rewards" samples={least.nodes.toReversed()} hrefOf={hrefOf} />
      </SimpleGrid>
      <Text size="xs" c="dimmed">
        Of all samples of round {model.round.index}. A picture leads to the comparison with the others of its prompt.
      </Text>
    </Stack>
  );
}
