"use client";
import { CombinedGraphQLErrors } from "@apollo/client";
import { Alert, Anchor, Loader, Stack } from "@mantine/core";
import Link from "next/link";

/** What a page shows while it has no data: a spinner, a way to sign in, or what went wrong. */
export function QueryState({ error, loading }: { error?: Error; loading?: boolean }) {
  if (error) {
    const code = CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.code : undefined;
    if (code === "UNAUTHENTICATED")
      return (
        <Alert title="Sign in to see this">
          <Anchor component={Link} href="/sign-in">
            Sign in
          </Anchor>{" "}
          with the link that the server printed, or with a token.
        </Alert>
      );
    return (
      <Alert color="red" title="This could not be loaded" role="alert">
        {error.message}
      </Alert>
    );
  }
  if (!loading) return null;
  return (
    <Stack align="center" p="xl">
      <Loader aria-label="Loading" />
    </Stack>
  );
}
