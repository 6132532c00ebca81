"use client";
import { CombinedGraphQLErrors } from "@apollo/client";
import { useMutation } from "@apollo/client/react";
import { Button, Card, Group, NativeSelect, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { Secret } from "../../components/Secret.tsx";
import type { Role } from "../../graphql/generated/graphql.ts";
import { CREATE_TOKEN, TOKENS } from "./TokenPage.graphql.ts";

const ROLES: { value: Role; label: string }[] = [
  { value: "MEMBER", label: "Member: may run experiments" },
  { value: "VIEWER", label: "Viewer: may only look" },
  { value: "WORKER", label: "Worker: may only run jobs" },
  { value: "ADMIN", label: "Admin: may do everything" },
];
const LIFETIMES = [
  { value: "", label: "Does not expire" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
];

/** Makes a token; a mistake is shown at the field that the server names. */
export function CreateToken() {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("MEMBER");
  const [days, setDays] = useState("");
  const [secret, setSecret] = useState<string | null>(null);
  const [create, { loading, error }] = useMutation(CREATE_TOKEN, { refetchQueries: [TOKENS] });
  const field = CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.field : null;
  const submit = async (): Promise<void> => {
    const input = { name, role, expiresInDays: days ? Number(days) : null };
    const { data } = await create({ variables: { input } }).catch(() => ({ data: null }));
    if (!data) return;
    setSecret(data.createToken.secret);
    setName("");
  };
  return (
    <Card withBorder component="section" aria-label="New token">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Stack gap="sm">
          <Title order={2} size="h5">
            New token
          </Title>
          <Group align="start" gap="sm" grow preventGrowOverflow={false}>
            <TextInput
              label="Name"
              description="The person or machine it is for"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={field === "name" ? error?.message : null}
              required
            />
            <NativeSelect
              label="Role"
              description="What it may do"
              value={role}
              data={ROLES}
              onChange={(event) => setRole(event.currentTarget.value as Role)}
            />
            <NativeSelect
              label="Lifetime"
              description="When it stops working"
              value={days}
              data={LIFETIMES}
              onChange={(event) => setDays(event.currentTarget.value)}
            />
          </Group>
          {error && field !== "name" && (
            <Text c="red" size="sm" role="alert">
              {error.message}
            </Text>
          )}
          <Group>
            <Button type="submit" loading={loading}>
              Create token
            </Button>
          </Group>
          {secret && (
            <Secret title="Copy the token now: it is not shown again" secret={secret} onDone={() => setSecret(null)} />
          )}
        </Stack>
      </form>
    </Card>
  );
}
