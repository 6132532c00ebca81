import { useCallback, useEffect, useMemo, useState } from "react";
import type { BallotItem } from "../../../shared/ballot.ts";
import { VoteChoice } from "../../../shared/enums.ts";
import { ClipPlayer } from "../../components/clips/clipPlayer.ts";
import type { BallotSession, SessionState } from "./ballotSession.ts";
import { Pair } from "./Pair.tsx";
import { useChoiceKeys } from "./useChoiceKeys.ts";
import { usePairReady } from "./usePairReady.ts";
import classes from "./vote.module.css";
import { Zoom } from "./Zoom.tsx";

const CHOSEN: Record<VoteChoice, string> = {
  LEFT: "the left image",
  RIGHT: "the right image",
  TIE: "both equal",
  CANNOT_JUDGE: "can’t judge",
};

/** One pair at a time. */
export function VotingView({ session, state }: { session: BallotSession; state: SessionState }) {
  const { items, ballot, previous } = state;
  const item = items[0];
  const [zoomed, setZoomed] = useState(false);
  const { pictures, failed, sinceReady } = usePairReady(items, previous?.item ?? null);
  const [player] = useState(() => new ClipPlayer());
  // Each pair begins anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the pair that counts
  const group = useMemo(() => player.groupFromNow(), [player, pictures]);
  const ready = pictures !== null;
  const choose = useCallback(
    (choice: VoteChoice) => {
      const ms = sinceReady();
      if (ms === null) return;
      setZoomed(false);
      session.choose(choice, ms);
    },
    [session, sinceReady],
  );
  const undo = useCallback(() => session.undo(), [session]);
  const offered = { ties: ballot?.allowTies ?? false, cannotJudge: ballot?.allowCannotJudge ?? false };
  const [letters, setLetters] = useState(true);
  useChoiceKeys({ choose, undo, zoom: () => setZoomed((open) => !open), offered, characters: letters });
  return (
    <>
      <Progress state={state} />
      {item ? (
        <>
          <Question question={ballot?.question ?? ""} item={item} place={state.done + 1} total={state.total} />
          <Pair pictures={pictures} group={group} failed={failed} onChoose={choose} onZoom={() => setZoomed(true)} />
          <fieldset className={classes.choices} aria-label="Your choice">
            <Choice choice={VoteChoice.LEFT} label="Left" onChoose={choose} disabled={!ready} keys="← or 1" />
            {offered.ties && (
              <Choice choice={VoteChoice.TIE} label="Equal" onChoose={choose} disabled={!ready} keys="↓ or 0" />
            )}
            <Choice choice={VoteChoice.RIGHT} label="Right" onChoose={choose} disabled={!ready} keys="→ or 2" />
            {offered.cannotJudge && (
              <Choice
                choice={VoteChoice.CANNOT_JUDGE}
                label="Can’t judge"
                onChoose={choose}
                disabled={!ready}
                keys="3"
              />
            )}
          </fieldset>
          {zoomed && pictures && <Zoom pictures={pictures} group={group} onClose={() => setZoomed(false)} />}
        </>
      ) : (
        <Waiting state={state} />
      )}
      <footer className={classes.tools}>
        <button type="button" className={classes.small} onClick={undo} disabled={!previous}>
          {previous ? `Undo: ${CHOSEN[previous.choice]}` : "Undo"}
        </button>
        <label className={classes.keyboardOnly}>
          <input type="checkbox" checked={letters} onChange={(event) => setLetters(event.currentTarget.checked)} />{" "}
          Number keys
        </label>
      </footer>
    </>
  );
}

function Choice({
  choice,
  label,
  keys,
  disabled,
  onChoose,
}: {
  choice: VoteChoice;
  label: string;
  keys: string;
  disabled: boolean;
  onChoose(choice: VoteChoice): void;
}) {
  return (
    <button type="button" className={classes.choice} aria-disabled={disabled} onClick={() => onChoose(choice)}>
      {label} <span className={classes.keys}>{keys}</span>
    </button>
  );
}

function Progress({ state: { done, total, unsent, online } }: { state: SessionState }) {
  return (
    <div className={classes.progress}>
      <progress aria-label="Pairs judged" value={done} max={Math.max(1, total)} />
      <span>
        {done} of {total}
      </span>
      {(!online || unsent > 2) && (
        <span role="status" className={classes.offline}>
          {online
            ? `${unsent} answers are being sent`
            : `Offline${unsent === 0 ? "" : `: ${unsent} ${unsent === 1 ? "answer is" : "answers are"} kept here`}`}
        </span>
      )}
    </div>
  );
}

function Question({
  question,
  item,
  place,
  total,
}: {
  question: string;
  item: BallotItem;
  place: number;
  total: number;
}) {
  return (
    <header className={classes.question} aria-live="polite" aria-atomic="true">
      <h1>{question}</h1>
      <p className={classes.prompt}>
        <span className={classes.visuallyHidden}>
          Pair {place} of {total}.{" "}
        </span>
        {item.practice && <span className={classes.badge}>Practice, does not count</span>} {item.prompt}
      </p>
    </header>
  );
}

function Waiting({ state: { online, unsent } }: { state: SessionState }) {
  // Only after a while, so that nothing flashes between two pairs.
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 400);
    return () => clearTimeout(timer);
  }, []);
  return (
    <section className={classes.text} role="status" aria-busy={online}>
      <h1>{online ? (late ? "One moment" : "…") : "Waiting for the connection"}</h1>
      <p>
        {online
          ? "Your answers are being sent."
          : `${unsent} ${unsent === 1 ? "answer is" : "answers are"} kept in this browser and will be sent by themselves. You may also close this page and open it again later.`}
      </p>
    </section>
  );
}
