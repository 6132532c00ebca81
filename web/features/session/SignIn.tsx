"use client";
import { Alert, Button, Card, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";

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

/** Goes to the dashboard, or says why not. */
async function signIn(token: string, onProblem: (problem: string) => void): Promise<void> {
  const problem = await openSession(token);
  if (problem) onProblem(problem);
  else window.location.replace("/");
}

/** Takes the token from the link's fragment, which browsers never send, or from the form. */
export function SignIn() {
  const [token, setToken] = useState("");
  const [error, setError] = useState<string | null>(null);
  // The fragment belongs to the browser, not to React: read once, then taken out of the history.
  useEffect(() => {
    const given = new URLSearchParams(window.location.hash.slice(1)).get("token");
    if (!given) return;
    window.history.replaceState(null, "", "/sign-in");
    void signIn(given, setError);
  }, []);
  return (
    <Card withBorder maw={460} mx="auto" mt="xl" p="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void signIn(token, setError);
        }}
      >
        <Stack>
          <Title order={1} size="h3">
            Sign in
          </Title>
          <Text size="sm">Open the sign-in link that the server printed when it started, or paste a token.</Text>
          {error && (
            <Alert color="red" title="Not signed in" role="alert">
              {error}
            </Alert>
          )}
          <PasswordInput
            label="Token"
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            autoComplete="off"
            required
          />
          <Button type="submit">Sign in</Button>
        </Stack>
      </form>
    </Card>
  );
}
