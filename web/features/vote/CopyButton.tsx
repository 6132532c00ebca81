import { useState } from "react";
import classes from "./vote.module.css";

/** The clipboard is there for https alone; without it the text can be selected. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    <button type="button" className={classes.small} onClick={() => void copy()} aria-label={`Copy ${what}`}>
      {copied ? "Copied" : "Copy"}
    </button>
  );
}
