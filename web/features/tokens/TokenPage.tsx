"use client";
import { useMutation, useQuery } from "@apollo/client/react";
import { Alert, Box, Button, Code, Group, Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { Dialog } from "../../components/Dialog.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";
import { QueryProblem, QueryState } from "../../components/QueryState.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { type Column, ResponsiveTable } from "../../components/ResponsiveTable.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import type { TokensQuery } from "../../graphql/generated/graphql.ts";
import { CreateToken } from "./CreateToken.tsx";
import { REVOKE_TOKEN, TOKENS } from "./TokenPage.graphql.ts";

type Token = TokensQuery["apiTokens"][number];

const isExpired = (token: Token): boolean =>
  token.expiresAt != null && new Date(token.expiresAt).getTime() < Date.now();
const isUsable = (token: Token): boolean => token.revokedAt == null && !isExpired(token);

function RevokeDialog({ token, onClose }: { token: Token; onClose(): void }) {
  const [revoke, { loading, error }] = useMutation(REVOKE_TOKEN, { variables: { id: token.id } });
  const submit = () =>
    void revoke().then(
      () => onClose(),
      () => null,
    );
  return (
    <Dialog opened onClose={onClose} title={`Revoke “${token.name}”?`} centered>
      <Stack>
        <Text size="sm">
          Whoever uses {token.prefix}… is signed out, and its jobs and scripts stop working. This can't be undone.
        </Text>
        {error && (
          <Alert color="red" title="Not revoked" role="alert">
            {error.message}
          </Alert>
        )}
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
          <Button color="red" loading={loading} onClick={submit}>
            Revoke
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

const columnsOf = (onRevoke: (token: Token) => void): [Column<Token>, ...Column<Token>[]] => [
  {
    label: "Name",
    cell: (token) => (
      <Box fw={400}>
        <b>{token.name}</b>
        <div>
          <Code>{token.prefix}…</Code>
        </div>
      </Box>
    ),
  },
  { label: "Role", cell: (token) => token.role.toLowerCase() },
  { label: "Last used", cell: (token) => (token.lastUsedAt ? <RelativeTime time={token.lastUsedAt} /> : "never") },
  { label: "Created", cell: (token) => <RelativeTime time={token.createdAt} /> },
  {
    label: "Expires",
    cell: (token) => (token.expiresAt ? new Date(token.expiresAt).toLocaleDateString("en-GB") : "never"),
  },
  {
    label: "State",
    cell: (token) =>
      isUsable(token) ? (
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`Revoke ${token.name}, ${token.prefix}`}
          onClick={() => onRevoke(token)}
        >
          Revoke
        </Button>
      ) : (
        <StateBadge state={token.revokedAt ? "REVOKED" : "EXPIRED"} />
      ),
  },
];

/** Who may use the API: makes, lists and revokes tokens. */
export function TokenPage() {
  const { data, error, refetch } = useQuery(TOKENS, { fetchPolicy: "cache-and-network" });
  const [revoking, setRevoking] = useState<Token | null>(null);
  const [all, setAll] = useState(false);
  const tokens = (data?.apiTokens ?? []).filter((token) => all || isUsable(token));
  return (
    <Stack>
      <PageHeader title="API tokens">
        <Switch
          label="Show revoked and expired"
          checked={all}
          onChange={(event) => setAll(event.currentTarget.checked)}
        />
      </PageHeader>
      {!data && <QueryState error={error} onRetry={refetch} />}
      {data && (
        <>
          <QueryProblem error={error} onRetry={refetch} />
          <CreateToken />
          {tokens.length === 0 ? (
            <EmptyState title="No token is in use" />
          ) : (
            <ResponsiveTable label="API tokens" columns={columnsOf(setRevoking)} rows={tokens} keyOf={(t) => t.id} />
          )}
        </>
      )}
      {revoking && <RevokeDialog token={revoking} onClose={() => setRevoking(null)} />}
    </Stack>
  );
}
