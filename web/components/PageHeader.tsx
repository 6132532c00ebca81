"use client";
import { Anchor, Breadcrumbs, Group, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import type { ReactNode } from "react";

interface PageHeaderProps {
  title: string;
  /** The pages above this one, outermost first. */
  above?: readonly { href: string; label: string }[];
  /** Beside the title, such as a state. */
  badge?: ReactNode;
  /** At the end of the line: what can be done here. */
  children?: ReactNode;
}

/** Where one is: the way here, the page's one h1, and its actions. */
export function PageHeader({ title, above = [], badge, children }: PageHeaderProps) {
  return (
    <Stack gap={4}>
      {above.length > 0 && (
        <nav aria-label="Breadcrumbs">
          <Breadcrumbs separator="›" style={{ flexWrap: "wrap" }}>
            {above.map(({ href, label }) => (
              <Anchor key={href} component={Link} href={href} size="sm">
                {label}
              </Anchor>
            ))}
            <Text size="sm" c="dimmed" aria-current="page" style={{ whiteSpace: "normal", overflowWrap: "anywhere" }}>
              {title}
            </Text>
          </Breadcrumbs>
        </nav>
      )}
      <Group justify="space-between" align="end" gap="sm">
        <Group gap="sm">
          <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
            {title}
          </Title>
          {badge}
        </Group>
        {children}
      </Group>
    </Stack>
  );
}
