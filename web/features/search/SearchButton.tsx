"use client";
import { ActionIcon, Button, Kbd } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import dynamic from "next/dynamic";
import { useState } from "react";
import { SearchIcon } from "../../components/icons.tsx";

/** What nobody has asked for is not loaded with every page. */
const SearchDialog = dynamic(() => import("./SearchDialog.tsx").then((module) => module.SearchDialog), { ssr: false });

/** Opens the search over everything, as Ctrl-K (or ⌘K) does from anywhere. */
export function SearchButton() {
  const [opened, setOpened] = useState(false);
  useHotkeys([["mod+K", () => setOpened(true)]], []);
  const open = { onClick: () => setOpened(true), "aria-keyshortcuts": "Control+K Meta+K" };
  return (
    <>
      <ActionIcon variant="default" size="lg" aria-label="Search" hiddenFrom="sm" {...open}>
        <SearchIcon />
      </ActionIcon>
      <Button
        variant="default"
        visibleFrom="sm"
        fw={400}
        leftSection={<SearchIcon />}
        rightSection={<Kbd size="xs">Ctrl K</Kbd>}
        {...open}
      >
        Search
      </Button>
      {opened && <SearchDialog onClose={() => setOpened(false)} />}
    </>
  );
}
