"use client";
import { CombinedGraphQLErrors } from "@apollo/client";
import { Alert, Anchor, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import Link from "next/link";
import { usePathname } from "next/navigation";

interface QueryStateProps {
  error?: Error;
  /** Asks again. */
  onRetry?: () => unknown;
}

function SignInAgain() {
  const path = usePathname();
  return (
    <Alert color="gray" title="Sign in to see this" role="alert">
      <Anchor component={Link} href={`/sign-in?next=${encodeURIComponent(path)}`} inherit underline="always">
        Sign in
      </Anchor>{" "}
      with the link that the server printed, or with a token.
    </Alert>
  );
}

/** What went wrong, in words, with a way on; nothing where nothing did. Also stands above older data that is still shown. */
export function QueryProblem({ error, onRetry }: QueryStateProps) {
  if (!error) return null;
  const answer = CombinedGraphQLErrors.is(error) ? error.errors[0] : null;
  const code = answer?.extensions?.code;
  if (code === "UNAUTHENTICATED") return <SignInAgain />;
  if (code === "FORBIDDEN")
    return (
      <Alert color="orange" title="Your role may not see this" role="alert">
        {answer?.message}
      </Alert>
    );
  return (
    <Alert color="red" title={answer ? "This could not be loaded" : "The server can't be reached"} role="alert">
      <Group justify="space-between">
        <Text size="sm">{answer ? answer.message : "Is it still running, and are you online?"}</Text>
        {onRetry && (
          <Button size="compact-sm" variant="default" onClick={() => void onRetry()}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}

/** What stands in a page's place while it has no data: its outline, a way to sign in, or what went wrong. */
export function QueryState({ error, onRetry }: QueryStateProps) {
  if (error) return <QueryProblem error={error} onRetry={onRetry} />;
  return (
    <Stack aria-busy="true" role="status" aria-label="Loading">
      <Skeleton h={28} w="40%" />
      <Skeleton h={16} w="70%" />
      <Skeleton h={180} />
      <Skeleton h={120} />
    </Stack>
  );
}
