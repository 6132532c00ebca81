import "@mantine/core/styles.css";
import { ColorSchemeScript, mantineHtmlProps } from "@mantine/core";
import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { ShareFrame } from "../../features/share/ShareFrame.tsx";

export const metadata: Metadata = { title: "GAN-RM Lab", robots: { index: false, follow: false } };
export const viewport: Viewport = { width: "device-width", initialScale: 1, colorScheme: "light dark" };

/** Of visitors' pages: nothing that asks who is signed in. Rendered for every request, as the dashboard is. */
export default async function ShareLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    <html lang="en" {...mantineHtmlProps}>
      <head>
        <ColorSchemeScript defaultColorScheme="auto" nonce={nonce} />
      </head>
      <body>
        <ShareFrame nonce={nonce}>{children}</ShareFrame>
      </body>
    </html>
  );
}
