import type { Ballot } from "../../../shared/ballot.ts";
import { Markdown } from "./markdown.tsx";
import classes from "./vote.module.css";

/** Consent and instructions. */
export function Welcome({
  ballot,
  busy,
  online,
  onAgree,
}: {
  ballot: Ballot;
  busy: boolean;
  online: boolean;
  onAgree(): void;
}) {
  return (
    <section className={classes.text} aria-labelledby="welcome">
      <h1 id="welcome">Compare images</h1>
      <p>
        You will see {ballot.pairs + (ballot.practice ? 1 : 0)} pairs of images. Both images of a pair were made for the
        same words. For each pair we ask: <strong>{ballot.question}</strong>
      </p>
      {ballot.instructions && (
        <div className={classes.instructions}>
          <Markdown text={ballot.instructions} />
        </div>
      )}
      <h2>How it works</h2>
      <ul>
        {ballot.practice && <li>The first pair is for practice and does not count.</li>}
        <li>There is no right answer: go by what you see. You can take back your last choice.</li>
        {ballot.allowTies && <li>You may say that both are equally good.</li>}
        {ballot.allowCannotJudge && <li>You may say that you can’t judge.</li>}
        <li>You can stop at any time and go on later, on another device too, with your own link.</li>
        <li>If your connection is lost, go on: your choices are kept and sent when it is back.</li>
      </ul>
      <h2>What is recorded</h2>
      <p>
        Your choices, how long each took and when it was made, under a number. No name and no address
        {ballot.keepsPanelIds ? ", but the ids that the panel you come from added to the link" : ""}. This browser keeps
        your own link, the next pairs, and choices that are not sent yet. You can withdraw at any time; everything
        recorded of you is then deleted.
      </p>
      {!online && (
        <p role="status" className={classes.notice}>
          There is no connection. This goes on by itself when it is back.
        </p>
      )}
      <button type="button" className={classes.primary} onClick={onAgree} disabled={busy}>
        {busy ? "One moment …" : "I agree and begin"}
      </button>
    </section>
  );
}
