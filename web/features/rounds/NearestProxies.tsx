"use client";
import { useQuery } from "@apollo/client/react";
import { Button, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { count, significant } from "../../../shared/format/number.ts";
import { QueryProblem } from "../../components/QueryState.tsx";
import { NEAREST_PROXIES } from "./NearestProxies.graphql.ts";
import classes from "./NearestProxies.module.css";
import type { Side } from "./useComparedSides.ts";

const SHOWN = 8;

/** Asked when they are wanted: the API reads the features of the whole proxy set. */
function Nearest({ sampleId, label }: { sampleId: string; label: string }) {
  const { data, error, loading, refetch } = useQuery(NEAREST_PROXIES, { variables: { sampleId, first: SHOWN } });
  if (error) return <QueryProblem error={error} onRetry={refetch} />;
  const nearest = data?.nearestProxyItems;
  if (!nearest)
    return (
      <Text size="sm" c="dimmed" role="status">
        {loading ? "Loading…" : "This sample was not encoded yet; training and scoring do it."}
      </Text>
    );
  const { compared, itemCount, encoder, items } = nearest;
  return (
    <Stack gap={4}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keys (WCAG 2.1.1) */}
      <ol className={classes.strip} aria-label={label} tabIndex={0}>
        {items.map(({ distance, item }) => (
          <li key={item.id} className={classes.item}>
            {/* biome-ignore lint/performance/noImgElement: thumbnails are made by the server, sized and immutable */}
            <img
              src={`/artifacts/${item.artifact.sha256}/thumbnail/160`}
              alt={item.prompt || item.fileName || "Proxy image"}
              width={96}
              height={96}
              loading="lazy"
            />
            {significant(distance)}
            {item.split === "HELD_OUT" && <span className={classes.split}>held out</span>}
          </li>
        ))}
      </ol>
      <Text size="xs" c="dimmed">
        By cosine distance of the features of {encoder}; 0 is alike.{" "}
        {compared < itemCount
          ? `${count(compared)} of ${count(itemCount)} proxy images are encoded and were looked at.`
          : `All ${count(itemCount)} proxy images were looked at.`}
      </Text>
    </Stack>
  );
}

/** What of the proxy data the sample on one side looks like to the encoder: is it what was wanted, or a copy of it? */
export function NearestProxies({ sampleId, side }: { sampleId: string; side: Side }) {
  const [shown, { toggle }] = useDisclosure(false);
  return (
    <Stack gap={6}>
      <div>
        <Button size="compact-sm" variant="default" aria-expanded={shown} onClick={toggle}>
          Nearest proxy images, {side}
        </Button>
      </div>
      {shown && <Nearest sampleId={sampleId} label={`Proxy images nearest to the ${side}`} />}
    </Stack>
  );
}
