import { useEffect, useRef } from "react";
import { VoteChoice } from "../../../shared/enums.ts";

interface ChoiceKeys {
  choose(choice: VoteChoice): void;
  undo(): void;
  zoom(): void;
  offered: { ties: boolean; cannotJudge: boolean };
  /** whether keys that write characters count too (WCAG 2.1.4: they can be turned off) */
  characters: boolean;
}

function choiceOf(key: string, { offered, characters }: ChoiceKeys): VoteChoice | null {
  if (key === "ArrowLeft" || (characters && key === "1")) return VoteChoice.LEFT;
  if (key === "ArrowRight" || (characters && key === "2")) return VoteChoice.RIGHT;
  if (offered.ties && (key === "ArrowDown" || (characters && key === "0"))) return VoteChoice.TIE;
  if (offered.cannotJudge && characters && key === "3") return VoteChoice.CANNOT_JUDGE;
  return null;
}

/** Arrows, 1, 2, 0 and 3 choose, Backspace takes back, Z looks closer; a key held down counts once. */
export function useChoiceKeys(keys: ChoiceKeys): void {
  const latest = useRef(keys);
  latest.current = keys;
  // The keyboard.
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]"))
        return;
      const choice = choiceOf(event.key, latest.current);
      if (choice) latest.current.choose(choice);
      else if (event.key === "Backspace") latest.current.undo();
      else if (latest.current.characters && event.key.toLowerCase() === "z") latest.current.zoom();
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}
