"use client";
import { useQuery } from "@apollo/client/react";
import {
  ActionIcon,
  Alert,
  Anchor,
  Box,
  Button,
  Container,
  Group,
  Menu,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { MoonIcon, PersonIcon, SunIcon } from "../../components/icons.tsx";
import type { ViewerQuery } from "../../graphql/generated/graphql.ts";
import { VIEWER } from "../../graphql/viewer.graphql.ts";
import classes from "./Shell.module.css";

const PAGES = [
  { href: "/", label: "Experiments", isHere: (path: string) => path === "/" || /^\/(experiments|rounds)\//.test(path) },
  { href: "/compare", label: "Compare", isHere: (path: string) => path === "/compare" },
  { href: "/studies", label: "Studies", isHere: (path: string) => /^\/studies(\/|$)/.test(path) },
  { href: "/jobs", label: "Jobs", isHere: (path: string) => path === "/jobs" },
] as const;

function useOtherScheme() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: true });
  const other = scheme === "dark" ? "light" : "dark";
  return { scheme, other, setColorScheme } as const;
}

/** On a phone the account's menu has it: the pages' names need the room. */
function ColorSchemeSwitch() {
  const { scheme, other, setColorScheme } = useOtherScheme();
  return (
    <ActionIcon
      variant="default"
      size="lg"
      visibleFrom="xs"
      aria-label={`Switch to ${other} colours`}
      onClick={() => setColorScheme(other)}
    >
      {scheme === "dark" ? <SunIcon /> : <MoonIcon />}
    </ActionIcon>
  );
}

async function signOut(): Promise<void> {
  await fetch("/auth/session", { method: "DELETE" });
  window.location.assign("/sign-in");
}

function AccountMenu({ viewer }: { viewer: ViewerQuery["viewer"] }) {
  const { other, setColorScheme } = useOtherScheme();
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={`Account: ${viewer.name}`}>
          <PersonIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label c="dimmed">
          {viewer.name}, {viewer.role.toLowerCase()}
        </Menu.Label>
        {viewer.role === "ADMIN" && (
          <Menu.Item component={Link} href="/tokens">
            API tokens
          </Menu.Item>
        )}
        <Menu.Item component={Link} href="/attribution">
          Attribution
        </Menu.Item>
        <Menu.Item hiddenFrom="xs" onClick={() => setColorScheme(other)}>
          Switch to {other} colours
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function SignInLink() {
  return (
    <Button component={Link} href="/sign-in" size="compact-sm" variant="default">
      Sign in
    </Button>
  );
}

function Navigation() {
  const path = usePathname();
  return (
    <nav aria-label="Main" className={classes.nav}>
      {PAGES.map(({ href, label, isHere }) => (
        <Link key={href} href={href} className={classes.link} aria-current={isHere(path) ? "page" : undefined}>
          {label}
        </Link>
      ))}
      {/* The explorer is the server's own page, not one of this app's. */}
      <a href="/graphql" className={classes.link} aria-current={path === "/graphql" ? "page" : undefined}>
        API
      </a>
    </nav>
  );
}

function OfflineNotice() {
  const { online } = useNetwork();
  if (online) return null;
  return (
    <Alert color="orange" title="You are offline" role="status" mb="md">
      What you see is what was loaded last; it goes on by itself when the connection is back.
    </Alert>
  );
}

interface ShellProps {
  tools: ReactNode;
  notices: ReactNode;
  children: ReactNode;
}

/** Header and frame of every page. */
export function Shell({ tools, notices, children }: ShellProps) {
  const path = usePathname();
  const { data, error } = useQuery(VIEWER, { skip: path === "/sign-in" });
  return (
    <>
      <Anchor href="#main" className={classes.skip}>
        Skip to the content
      </Anchor>
      <header className={classes.header}>
        <Container size="xl">
          <Group h={56} justify="space-between" wrap="nowrap" gap="xs">
            <Group gap="md" wrap="nowrap">
              <Link href="/" className={classes.brand}>
                GAN-RM Lab
              </Link>
              <Navigation />
            </Group>
            <div className={classes.tools}>
              {data?.viewer && tools}
              <ColorSchemeSwitch />
              {data?.viewer && <AccountMenu viewer={data.viewer} />}
              {error && <SignInLink />}
            </div>
          </Group>
        </Container>
      </header>
      <Container size="xl" component="main" id="main" py="md" tabIndex={-1} style={{ outline: "none" }}>
        <OfflineNotice />
        {children}
      </Container>
      {data?.viewer && notices}
      <Box component="footer" py="lg">
        <Container size="xl">
          <Anchor component={Link} href="/attribution" size="xs">
            Whose work the demo stands on
          </Anchor>
        </Container>
      </Box>
    </>
  );
}
