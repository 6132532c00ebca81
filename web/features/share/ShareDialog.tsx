"use client";
import { useMutation, useQuery } from "@apollo/client/react";
import { Alert, Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { Dialog } from "../../components/Dialog.tsx";
import { QueryProblem } from "../../components/QueryState.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { Secret } from "../../components/Secret.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import type { ShareLinksQuery } from "../../graphql/generated/graphql.ts";
import { CREATE_SHARE_LINK, REVOKE_SHARE_LINK, SHARE_LINKS } from "./ShareDialog.graphql.ts";

type ShareLink = ShareLinksQuery["shareLinks"][number];

const LIFETIMES = [
  { value: "7", label: "1 week" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
];
const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });

/** Null while it can be used. */
const endOf = ({ revokedAt, expiresAt }: ShareLink): "REVOKED" | "EXPIRED" | null =>
  revokedAt ? "REVOKED" : new Date(expiresAt).getTime() < Date.now() ? "EXPIRED" : null;

function NewLink({ experimentId }: { experimentId: string }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState("30");
  const [address, setAddress] = useState<string | null>(null);
  const [create, { loading, error }] = useMutation(CREATE_SHARE_LINK, { refetchQueries: [SHARE_LINKS] });
  const submit = async (): Promise<void> => {
    const input = { experimentId, name, expiresInDays: Number(days) };
    const { data } = await create({ variables: { input } }).catch(() => ({ data: null }));
    if (!data) return;
    setAddress(window.location.origin + data.createShareLink.path);
    setName("");
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap="sm">
        <Group align="end" gap="sm" grow preventGrowOverflow={false}>
          <TextInput
            label="Whom it is for"
            value={name}
            maxLength={100}
            onChange={(event) => setName(event.currentTarget.value)}
            required
          />
          <NativeSelect
            label="Works for"
            value={days}
            data={LIFETIMES}
            onChange={(event) => setDays(event.currentTarget.value)}
          />
        </Group>
        {error && (
          <Alert color="red" title="No link was made" role="alert">
            {error.message}
          </Alert>
        )}
        <Group>
          <Button type="submit" loading={loading}>
            Make link
          </Button>
        </Group>
        {address && (
          <Secret title="Copy the link now: it is not shown again" secret={address} onDone={() => setAddress(null)} />
        )}
      </Stack>
    </form>
  );
}

function LinkLine({ link }: { link: ShareLink }) {
  const [revoke, { loading, error }] = useMutation(REVOKE_SHARE_LINK, { variables: { id: link.id } });
  const end = endOf(link);
  return (
    <li>
      <Group justify="space-between" gap="xs" wrap="nowrap" py={6}>
        <div style={{ overflowWrap: "anywhere" }}>
          <Text size="sm" fw={600}>
            {link.name}
          </Text>
          <Text size="xs" c="dimmed">
            by {link.createdBy}, <RelativeTime time={link.createdAt} /> · {end === "EXPIRED" ? "expired" : "expires"}{" "}
            {DATE.format(new Date(link.expiresAt))} · last used{" "}
            {link.lastUsedAt ? <RelativeTime time={link.lastUsedAt} /> : "never"}
          </Text>
          {error && (
            <Text size="xs" c="red" role="alert">
              {error.message}
            </Text>
          )}
        </div>
        {end ? (
          <StateBadge state={end} />
        ) : (
          <Button
            size="compact-sm"
            variant="default"
            loading={loading}
            aria-label={`Revoke the link for ${link.name}`}
            onClick={() => void revoke().catch(() => null)}
          >
            Revoke
          </Button>
        )}
      </Group>
    </li>
  );
}

/** Makes, lists and revokes the links that show this experiment. */
export function ShareDialog({ experimentId, onClose }: { experimentId: string; onClose(): void }) {
  const { data, error, refetch } = useQuery(SHARE_LINKS, {
    variables: { experimentId },
    fetchPolicy: "cache-and-network",
  });
  const links = data?.shareLinks ?? [];
  return (
    <Dialog opened onClose={onClose} title="Share this experiment" size="lg" centered>
      <Stack>
        <Text size="sm">
          Whoever has the link sees this experiment's report and samples as they are then, without an account, and can
          change nothing and see nothing else.
        </Text>
        <NewLink experimentId={experimentId} />
        <QueryProblem error={error} onRetry={refetch} />
        {links.length > 0 && (
          <ul aria-label="Links" style={{ listStyle: "none", margin: 0, padding: 0 }}>
            {links.map((link) => (
              <LinkLine key={link.id} link={link} />
            ))}
          </ul>
        )}
      </Stack>
    </Dialog>
  );
}
