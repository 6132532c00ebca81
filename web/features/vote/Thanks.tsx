import type { SessionState } from "./ballotSession.ts";
import { CopyButton } from "./CopyButton.tsx";
import classes from "./vote.module.css";

export function Thanks({ state: { done, completionCode, redirectUrl } }: { state: SessionState }) {
  return (
    <section className={classes.text} aria-labelledby="thanks">
      <h1 id="thanks">Thank you</h1>
      <p role="status">You are done: all {done} answers have arrived.</p>
      {completionCode && (
        <p className={classes.code}>
          Your completion code: <output>{completionCode}</output> <CopyButton text={completionCode} what="the code" />
        </p>
      )}
      {redirectUrl && (
        <p>
          <a className={classes.primary} href={redirectUrl} rel="noreferrer">
            Go on
          </a>
        </p>
      )}
    </section>
  );
}
