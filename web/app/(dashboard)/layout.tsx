import "@mantine/core/styles.css";
import { ColorSchemeScript, mantineHtmlProps } from "@mantine/core";
import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { JobNotices } from "../../features/notices/JobNotices.tsx";
import { SearchButton } from "../../features/search/SearchButton.tsx";
import { Providers } from "../../features/session/Providers.tsx";

export const metadata: Metadata = {
  title: "GAN-RM Lab",
  description: "Reward models learned by discrimination, round after round.",
};
export const viewport: Viewport = {
  width: "device-width",
  initialScale: 1,
  colorScheme: "light dark",
};

/** Rendered for every request, because each has a nonce of its own that alone lets scripts run (server/http.ts). */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    <html lang="en" {...mantineHtmlProps}>
      <head>
        <ColorSchemeScript defaultColorScheme="auto" nonce={nonce} />
      </head>
      <body>
        <Providers nonce={nonce} tools={<SearchButton />} notices={<JobNotices />}>
          {children}
        </Providers>
      </body>
    </html>
  );
}
