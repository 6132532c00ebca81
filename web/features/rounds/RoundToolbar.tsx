"use client";
import { Button, Group, NativeSelect } from "@mantine/core";
import type { Ref } from "react";
import { SearchInput } from "../../components/SearchInput.tsx";
import type { RoundQuery } from "../../graphql/generated/graphql.ts";
import { type ChangeView, FIRST_PAGE, type RoundView } from "./roundView.ts";

interface RoundToolbarProps {
  models: NonNullable<RoundQuery["round"]>["rewardModels"];
  model: string | null;
  view: RoundView;
  change: ChangeView;
  searchRef: Ref<HTMLInputElement>;
  onHelp(): void;
}

/** Whose rewards, which prompts. */
export function RoundToolbar({ models, model, view, change, searchRef, onHelp }: RoundToolbarProps) {
  return (
    <Group align="end" gap="sm">
      {models.length > 0 && (
        <NativeSelect
          label="Rewards by"
          value={model ?? ""}
          data={models.map(({ id, name, state }) => ({
            value: id,
            label: state === "TRAINED" ? name : `${name} (${state.toLowerCase()})`,
          }))}
          onChange={(event) => change({ model: event.currentTarget.value })}
        />
      )}
      <SearchInput label="Tag" value={view.tag} onSearch={(tag) => change({ ...FIRST_PAGE, tag })} w={140} />
      <SearchInput
        label="Prompt contains"
        value={view.search}
        onSearch={(search) => change({ ...FIRST_PAGE, search })}
        inputRef={searchRef}
        w={{ base: "100%", xs: 220 }}
      />
      <Button variant="default" onClick={onHelp} aria-haspopup="dialog" visibleFrom="xs">
        Keys
      </Button>
    </Group>
  );
}
