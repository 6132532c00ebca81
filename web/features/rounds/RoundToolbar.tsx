"use client";
import { Box, Button, NativeSelect } from "@mantine/core";
import type { Ref } from "react";
import { SearchInput } from "../../components/SearchInput.tsx";
import type { RoundQuery } from "../../graphql/generated/graphql.ts";
import classes from "./RoundToolbar.module.css";
import { type ChangeView, FROM_START, ORDERS, type RoundView } from "./roundView.ts";

interface RoundToolbarProps {
  models: NonNullable<RoundQuery["round"]>["rewardModels"];
  model: string | null;
  k: number;
  view: RoundView;
  change: ChangeView;
  searchRef: Ref<HTMLInputElement>;
  onHelp(): void;
}

const modelOption = ({ id, name, state }: RoundToolbarProps["models"][number]) => ({
  value: id,
  label: state === "TRAINED" ? name : `${name} (${state.toLowerCase()})`,
});

const whichOptions = (k: number) => [
  { value: "", label: "All" },
  { value: "chosen", label: "Chosen" },
  { value: "rejected", label: "Rejected" },
  ...Array.from({ length: k }, (_, i) => ({ value: String(i + 1), label: `Rank ${i + 1}` })),
];

/** Whose rewards, in which order, which prompts and samples. */
export function RoundToolbar({ models, model, k, view, change, searchRef, onHelp }: RoundToolbarProps) {
  const others = models.filter(({ id }) => id !== model);
  const filter = (to: Partial<RoundView>) => change({ ...FROM_START, ...to });
  const orderBy = (order: string) =>
    filter({
      order: order || null,
      against: order === "DISAGREEMENT" ? (view.against ?? others[0]?.id ?? null) : null,
    });
  return (
    <Box className={classes.bar} role="search" aria-label="Samples">
      <SearchInput
        label="Prompt contains"
        value={view.search}
        onSearch={(search) => filter({ search })}
        inputRef={searchRef}
        className={classes.wide}
      />
      <SearchInput label="Tag" value={view.tag} onSearch={(tag) => filter({ tag })} />
      {models.length > 0 && (
        <>
          <NativeSelect
            label="Rewards by"
            value={model ?? ""}
            data={models.map(modelOption)}
            onChange={(event) => filter({ model: event.currentTarget.value, against: null, order: null })}
          />
          <NativeSelect
            label="Order"
            className={classes.order}
            value={view.order ?? ""}
            data={ORDERS.filter(({ value }) => value !== "DISAGREEMENT" || others.length > 0)}
            onChange={(event) => orderBy(event.currentTarget.value)}
          />
          {view.order === "DISAGREEMENT" && (
            <NativeSelect
              label="With"
              value={view.against ?? ""}
              data={others.map(modelOption)}
              onChange={(event) => filter({ against: event.currentTarget.value })}
            />
          )}
          <NativeSelect
            label="Which samples"
            value={view.which ?? ""}
            data={whichOptions(k)}
            onChange={(event) => filter({ which: event.currentTarget.value || null })}
          />
          <SearchInput
            label="Reward from"
            value={view.min}
            onSearch={(min) => filter({ min })}
            inputMode="decimal"
            placeholder="0"
          />
          <SearchInput
            label="to"
            value={view.max}
            onSearch={(max) => filter({ max })}
            inputMode="decimal"
            placeholder="1"
          />
        </>
      )}
      <Button variant="default" onClick={onHelp} aria-haspopup="dialog" visibleFrom="xs">
        Keys
      </Button>
    </Box>
  );
}
