import { useState } from "react";
import { CopyButton } from "./CopyButton.tsx";
import classes from "./vote.module.css";

interface LeaveProps {
  own: string;
  finished: boolean;
  busy: boolean;
  onWithdraw(): void;
}

/** How to stop: for now, or for good. */
export function Leave({ own, finished, busy, onWithdraw }: LeaveProps) {
  const [asked, setAsked] = useState(false);
  const link = `${window.location.origin}/vote/${own}`;
  return (
    <details className={classes.leave}>
      <summary>{finished ? "Your link, or withdraw" : "Pause, or withdraw"}</summary>
      <p>
        {finished
          ? "You can close this page now. Your own link leads back to it. "
          : "You can close this page at any time; what you have answered so far counts. With your own link you go on where you were, on another device too. "}
        Whoever has the link can answer in your place, so keep it to yourself.
      </p>
      <p className={classes.link}>
        <code>{link}</code> <CopyButton text={link} what="your link" />
      </p>
      {asked ? (
        <p>
          This deletes all your answers, and can’t be taken back.{" "}
          <button type="button" className={classes.danger} onClick={onWithdraw} disabled={busy}>
            Delete my answers
          </button>{" "}
          <button type="button" className={classes.small} onClick={() => setAsked(false)}>
            Keep them
          </button>
        </p>
      ) : (
        <button type="button" className={classes.small} onClick={() => setAsked(true)}>
          Withdraw from the study
        </button>
      )}
    </details>
  );
}
