"use client";
import { Button } from "@mantine/core";
import dynamic from "next/dynamic";
import { useState } from "react";
import { useMayChange } from "../../graphql/useViewer.ts";

/** What nobody has asked for is not loaded with every page. */
const ShareDialog = dynamic(() => import("./ShareDialog.tsx").then((module) => module.ShareDialog), { ssr: false });

/** For members: the links that show this experiment to people without an account. */
export function ShareButton({ experimentId }: { experimentId: string }) {
  const [opened, setOpened] = useState(false);
  if (!useMayChange()) return null;
  return (
    <>
      <Button size="compact-md" variant="default" onClick={() => setOpened(true)}>
        Share
      </Button>
      {opened && <ShareDialog experimentId={experimentId} onClose={() => setOpened(false)} />}
    </>
  );
}
