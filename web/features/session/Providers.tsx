"use client";
import { ApolloProvider } from "@apollo/client/react";
import { createTheme, MantineProvider } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { createApolloClient } from "../../graphql/client.ts";
import { Shell } from "./Shell.tsx";

const theme = createTheme({ primaryColor: "indigo", defaultRadius: "md", cursorType: "pointer" });

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(createApolloClient);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <ApolloProvider client={client}>
        <Shell>{children}</Shell>
      </ApolloProvider>
    </MantineProvider>
  );
}
