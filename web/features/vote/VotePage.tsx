"use client";
import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { BallotSession, type SessionState } from "./ballotSession.ts";
import { Leave } from "./Leave.tsx";
import { keepImages, keepPage } from "./offlinePage.ts";
import { Thanks } from "./Thanks.tsx";
import { VotingView } from "./VotingView.tsx";
import classes from "./vote.module.css";
import { browserShelf } from "./voteQueue.ts";
import { Welcome } from "./Welcome.tsx";

const PANEL_PARAMETERS = ["PROLIFIC_PID", "STUDY_ID", "SESSION_ID"];

/** What a panel such as Prolific adds to the link. The server keeps it only if the study says so. */
function panelIds(): Record<string, string> {
  const parameters = new URLSearchParams(window.location.search);
  return Object.fromEntries(
    PANEL_PARAMETERS.flatMap((name) => {
      const value = parameters.get(name);
      return value ? [[name, value.slice(0, 100)]] : [];
    }),
  );
}

/**
 * The session of this page, made in the browser; null while the server draws. The link is read from the address and nowhere else:
 * what the server drew is the same for everybody, so a browser may keep it to be opened offline.
 */
function useSession(): BallotSession | null {
  const [session, setSession] = useState<BallotSession | null>(null);
  // The network and the browser's storage: the session lives as long as the page shows this link.
  useEffect(() => {
    const made = new BallotSession(window.location.pathname.split("/").at(-1) ?? "", browserShelf());
    const online = () => void made.sync();
    setSession(made);
    keepPage();
    void made.start();
    window.addEventListener("online", online);
    return () => {
      window.removeEventListener("online", online);
      made.stop();
    };
  }, []);
  return session;
}

const nothing = () => () => undefined;

function useSessionState(session: BallotSession | null): SessionState | null {
  return useSyncExternalStore(
    session?.subscribe ?? nothing,
    () => session?.current() ?? null,
    () => null,
  );
}

/** All that a volunteer sees, from the first word to the last. */
export function VotePage() {
  const session = useSession();
  const state = useSessionState(session);
  const own = state?.token ?? null;
  // The address becomes the participant's own: it is what they go on with later, or elsewhere.
  useEffect(() => {
    if (own && !window.location.pathname.endsWith(`/${own}`)) window.history.replaceState(null, "", `/vote/${own}`);
  }, [own]);
  const over = state?.phase === "FINISHED" || state?.phase === "WITHDRAWN";
  // What the browser keeps for this page.
  useEffect(() => {
    if (over) keepImages([]);
  }, [over]);
  const agree = useMemo(() => () => void session?.agree(panelIds()), [session]);
  return (
    <main className={classes.page} aria-busy={!state || state.phase === "LOADING"}>
      {state?.ballot?.preview && (
        <p className={classes.notice} role="note">
          Preview: nothing that you do here counts.
        </p>
      )}
      <Content session={session} state={state} onAgree={agree} />
      {session && state && own && state.phase !== "PROBLEM" && (
        <Leave
          own={own}
          finished={state.phase === "FINISHED"}
          busy={state.busy}
          onWithdraw={() => void session.withdraw()}
        />
      )}
    </main>
  );
}

function Content({
  session,
  state,
  onAgree,
}: {
  session: BallotSession | null;
  state: SessionState | null;
  onAgree(): void;
}) {
  if (!session || !state || state.phase === "LOADING")
    return (
      <Message title="One moment">
        {state?.online === false
          ? "There is no connection. This goes on by itself when it is back."
          : "The study is being loaded."}
      </Message>
    );
  if (state.phase === "PROBLEM") return <Message title="This can’t go on">{state.message}</Message>;
  if (state.phase === "WITHDRAWN")
    return <Message title="You have withdrawn">Your votes are deleted. Nothing of you is kept.</Message>;
  if (state.phase === "FINISHED") return <Thanks state={state} />;
  if (state.phase === "WELCOME" && state.ballot)
    return <Welcome ballot={state.ballot} busy={state.busy} online={state.online} onAgree={onAgree} />;
  return <VotingView session={session} state={state} />;
}

function Message({ title, children }: { title: string; children: string }) {
  return (
    <section className={classes.text} role="status">
      <h1>{title}</h1>
      <p>{children}</p>
    </section>
  );
}
