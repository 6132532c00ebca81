"use client";
import { Container, MantineProvider, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { cssVariables, theme } from "../../components/theme.ts";

/** Around what a visitor without an account sees: no navigation, for nothing else is open to them. */
export function ShareFrame({ nonce, children }: { nonce: string | undefined; children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={nonce ? () => nonce : undefined}
    >
      <Container size="xl" component="header" py="sm">
        <Text size="sm" c="dimmed">
          <b>GAN-RM Lab</b> · shared with you, to look at
        </Text>
      </Container>
      <Container size="xl" component="main" id="main" pb="xl">
        {children}
      </Container>
    </MantineProvider>
  );
}
