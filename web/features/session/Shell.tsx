"use client";
import { useQuery } from "@apollo/client/react";
import {
  ActionIcon,
  Anchor,
  AppShell,
  Button,
  Container,
  Group,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { VIEWER } from "./Shell.graphql.ts";

const PAGES = [
  { href: "/", label: "Experiments" },
  { href: "/jobs", label: "Jobs" },
  { href: "/attribution", label: "Attribution" },
] as const;

function ColorSchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: true });
  const other = scheme === "dark" ? "light" : "dark";
  return (
    <ActionIcon
      variant="default"
      size="lg"
      aria-label={`Switch to ${other} colours`}
      onClick={() => setColorScheme(other)}
    >
      {scheme === "dark" ? "☀" : "☾"}
    </ActionIcon>
  );
}

async function signOut(): Promise<void> {
  await fetch("/auth/session", { method: "DELETE" });
  window.location.assign("/sign-in");
}

/** Header and frame of every page. */
export function Shell({ children }: { children: ReactNode }) {
  const path = usePathname();
  const { data } = useQuery(VIEWER, { skip: path === "/sign-in" });
  return (
    <AppShell header={{ height: 56 }} padding="md">
      <AppShell.Header>
        <Container size="xl" h="100%">
          <Group h="100%" justify="space-between" wrap="nowrap">
            <Group gap="md" wrap="nowrap" component="nav" aria-label="Main">
              <Text fw={700} visibleFrom="xs">
                GAN-RM Lab
              </Text>
              {PAGES.map((page) => (
                <Anchor
                  key={page.href}
                  component={Link}
                  href={page.href}
                  aria-current={path === page.href ? "page" : undefined}
                  fw={path === page.href ? 600 : 400}
                >
                  {page.label}
                </Anchor>
              ))}
            </Group>
            <Group gap="xs" wrap="nowrap">
              {data?.viewer && (
                <>
                  <Text size="sm" c="dimmed" visibleFrom="sm">
                    {data.viewer.name} ({data.viewer.role.toLowerCase()})
                  </Text>
                  <Button variant="subtle" size="compact-sm" onClick={() => void signOut()}>
                    Sign out
                  </Button>
                </>
              )}
              <ColorSchemeSwitch />
            </Group>
          </Group>
        </Container>
      </AppShell.Header>
      <AppShell.Main>
        <Container size="xl" px={0}>
          {children}
        </Container>
      </AppShell.Main>
    </AppShell>
  );
}
