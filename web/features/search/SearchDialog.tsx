import { useQuery } from "@apollo/client/react";
import { Text, TextInput, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type KeyboardEvent, useEffect, useState } from "react";
import { Dialog } from "../../components/Dialog.tsx";
import { QueryProblem } from "../../components/QueryState.tsx";
import { type Option, type OptionGroup, optionGroups, stepped, summary } from "./prepareHits.ts";
import { SEARCH } from "./Search.graphql.ts";
import classes from "./SearchDialog.module.css";

const PAUSE_MS = 150;
const LIST = "search-found";

/** What there is by the words that were typed, kept while the next answer is awaited. */
function useFound(text: string) {
  const [asked] = useDebouncedValue(text.trim(), PAUSE_MS);
  const { data, previousData, error, loading } = useQuery(SEARCH, {
    variables: { text: asked },
    skip: asked === "",
    fetchPolicy: "cache-and-network",
  });
  const groups = asked === "" ? [] : optionGroups((data ?? previousData)?.search ?? []);
  return { groups, error, settled: !loading && asked === text.trim(), asked };
}

interface ResultsProps {
  groups: readonly OptionGroup[];
  chosen: Option | null;
  onGo(): void;
}

function Results({ groups, chosen, onGo }: ResultsProps) {
  return (
    <div id={LIST} role="listbox" aria-label="Found" className={classes.list}>
      {groups.map(({ label, options }) => (
        // biome-ignore lint/a11y/useSemanticElements: a group of options, of which HTML has none outside of select
        <div key={label} role="group" aria-label={label}>
          <Text size="xs" c="dimmed" fw={600} mt="xs" aria-hidden="true">
            {label}
          </Text>
          {options.map((option) => (
            <Link
              key={option.key}
              id={option.key}
              role="option"
              aria-selected={option === chosen}
              tabIndex={-1}
              href={option.address}
              className={classes.option}
              onClick={onGo}
            >
              <span className={classes.title}>{option.title}</span>
              {option.detail && <span className={classes.detail}>{option.detail}</span>}
            </Link>
          ))}
        </div>
      ))}
    </div>
  );
}

/** Search over everything: words above, what they find below; arrows choose, Enter goes there. */
export function SearchDialog({ onClose }: { onClose(): void }) {
  const router = useRouter();
  const [text, setText] = useState("");
  const [at, setAt] = useState<number | null>(null);
  const { groups, error, settled, asked } = useFound(text);
  const all = groups.flatMap(({ options }) => options);
  // The best is chosen by itself, so that Enter is enough.
  const chosen = all[Math.min(at ?? 0, all.length - 1)] ?? null;
  const key = chosen?.key;
  // The page's scrolling.
  useEffect(() => {
    if (key) document.getElementById(key)?.scrollIntoView({ block: "nearest" });
  }, [key]);
  const press = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp")
      setAt(stepped(chosen ? all.indexOf(chosen) : null, event.key === "ArrowDown" ? 1 : -1, all.length));
    else if (event.key === "Enter" && chosen && settled) {
      router.push(chosen.address);
      onClose();
    } else return;
    event.preventDefault();
  };
  return (
    <Dialog opened onClose={onClose} title="Search" size="lg">
      <TextInput
        data-autofocus
        role="combobox"
        aria-label="Search everything"
        aria-expanded={all.length > 0}
        aria-controls={all.length > 0 ? LIST : undefined}
        aria-autocomplete="list"
        aria-activedescendant={key}
        placeholder="Experiments, rounds, policies, models, studies, prompts, jobs"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(null);
        }}
        onKeyDown={press}
      />
      <VisuallyHidden role="status">{settled ? summary(asked, groups) : ""}</VisuallyHidden>
      <QueryProblem error={error} />
      {all.length > 0 && <Results groups={groups} chosen={chosen} onGo={onClose} />}
      {asked !== "" && settled && !error && all.length === 0 && (
        <Text size="sm" mt="sm">
          Nothing has “{asked}”. Words are found by their beginnings; all of them must be there.
        </Text>
      )}
      {asked === "" && (
        <Text size="sm" c="dimmed" mt="sm">
          By name, prompt or id; “round 2” finds rounds, “failed” finds jobs. Arrows choose, Enter opens.
        </Text>
      )}
    </Dialog>
  );
}
