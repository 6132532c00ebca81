"use client";
import { ApolloProvider } from "@apollo/client/react";
import { MantineProvider } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { cssVariables, theme } from "../../components/theme.ts";
import { createApolloClient } from "../../graphql/client.ts";
import { Shell } from "./Shell.tsx";

/** `nonce` goes to the style elements that Mantine makes, too. */
export function Providers({
  nonce,
  tools,
  notices,
  children,
}: {
  nonce: string | undefined;
  /** of the header, from other features */
  tools: ReactNode;
  /** of what happens elsewhere, from another feature */
  notices: ReactNode;
  children: ReactNode;
}) {
  const [client] = useState(createApolloClient);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={nonce ? () => nonce : undefined}
    >
      <ApolloProvider client={client}>
        <Shell tools={tools} notices={notices}>
          {children}
        </Shell>
      </ApolloProvider>
    </MantineProvider>
  );
}
