"use client";
import { Alert, Button, Card, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { pageAfterSignIn } from "./pageAfterSignIn.ts";

async function openSession(token: string): Promise<string | null> {
  const response = await fetch("/auth/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  }).catch(() => null);
  if (response?.ok) return null;
  const answer = (await response?.json().catch(() => null)) as { error?: { message: string } } | null;
  return answer?.error?.message ?? "The server can't be reached; try again.";
}

/** Takes the token from the link's fragment, which browsers never send, or from the form. */
export function SignIn() {
  const [token, setToken] = useState("");
  const [state, setState] = useState<{ busy: boolean; problem: string | null }>({ busy: false, problem: null });
  const signIn = async (secret: string): Promise<void> => {
    setState({ busy: true, problem: null });
    const problem = await openSession(secret.trim());
    if (problem) setState({ busy: false, problem });
    else window.location.replace(pageAfterSignIn(window.location.search));
  };
  // The fragment belongs to the browser, not to React: read once, then taken out of the history.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => {
    const given = new URLSearchParams(window.location.hash.slice(1)).get("token");
    if (!given) return;
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
    void signIn(given);
  }, []);
  return (
    <Card withBorder maw={460} mx="auto" mt="xl" p="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void signIn(token);
        }}
      >
        <Stack>
          <Title order={1} size="h3">
            Sign in
          </Title>
          <Text size="sm">Open the sign-in link that the server printed when it started, or paste a token.</Text>
          <PasswordInput
            label="Token"
            description="It begins with ganrm_; an admin makes one under API tokens."
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            autoComplete="off"
            required
          />
          {state.problem && (
            <Alert color="red" title="Not signed in" role="alert">
              {state.problem}
            </Alert>
          )}
          <Button type="submit" loading={state.busy}>
            Sign in
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
