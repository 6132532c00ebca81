import { useMutation } from "@apollo/client/react";
import { Alert, Button, Group, NumberInput, Stack } from "@mantine/core";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { Dialog } from "../../components/Dialog.tsx";
import { Secret } from "../../components/Secret.tsx";
import { Confirm } from "./Confirm.tsx";
import { HumanPairs } from "./HumanPairs.tsx";
import type { Study } from "./prepareStudy.ts";
import {
  CLOSE_STUDY,
  DELETE_STUDY,
  INVITE,
  OPEN_STUDY,
  PREVIEW_STUDY,
  REVOKE_STUDY_LINK,
  STUDY_LINK,
} from "./StudyPage.graphql.ts";

const linkOf = (token: string): string => `${window.location.origin}/vote/${token}`;

/** Links, this once. */
function Links({ links, onDone }: { links: readonly string[]; onDone(): void }) {
  const text = links.join("\n");
  const title = `Copy ${links.length === 1 ? "the link" : "the links"} now: not shown again`;
  return <Secret title={title} secret={text} onDone={onDone} />;
}

function InviteDialog({ busy, onInvite, onClose }: { busy: boolean; onInvite(count: number): void; onClose(): void }) {
  const [count, setCount] = useState<number | string>(14);
  return (
    <Dialog opened onClose={onClose} title="Invite people in person" centered>
      <Stack>
        <NumberInput
          label="Personal links"
          description="Each is for one person and this study alone, and can be revoked"
          min={1}
          max={500}
          value={count}
          onChange={setCount}
        />
        <Group justify="end">
          <Button loading={busy} onClick={() => onInvite(Number(count))}>
            Make links
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

type Question = keyof typeof QUESTIONS;

const QUESTIONS = {
  OPEN: {
    title: "Open the study?",
    words:
      "This freezes the plan: design, exclusions and analysis can't be changed any more, and a hash of them is shown. Which sample stands for an arm is decided now.",
    act: "Freeze and open",
    danger: false,
  },
  CLOSE: {
    title: "Close the study?",
    words: "No vote is taken any more, also of people who are in the middle of it. This can't be undone.",
    act: "Close",
    danger: false,
  },
  UNLINK: {
    title: "End the open link?",
    words:
      "Nobody can join by the open link any more. Who has joined goes on with their own, and a new link can be made.",
    act: "End the link",
    danger: false,
  },
  DELETE: {
    title: "Delete the draft?",
    words: "The draft and its invites are removed. This can't be undone.",
    act: "Delete",
    danger: true,
  },
};

/** What may be done, each with what happens on the page afterwards. */
function useActs({ id }: Study, refetch: () => Promise<unknown>, show: (links: readonly string[] | null) => void) {
  const router = useRouter();
  const [open, opening] = useMutation(OPEN_STUDY, { variables: { id } });
  const [close, closing] = useMutation(CLOSE_STUDY, { variables: { id } });
  const [makeLink, linking] = useMutation(STUDY_LINK, { variables: { id } });
  const [endLink, unlinking] = useMutation(REVOKE_STUDY_LINK, { variables: { id } });
  const [preview, previewing] = useMutation(PREVIEW_STUDY, { variables: { id } });
  const [invite, inviting] = useMutation(INVITE);
  const [remove, removing] = useMutation(DELETE_STUDY, { variables: { id } });
  const all = [opening, closing, linking, unlinking, previewing, inviting, removing];
  return {
    error: all.find((mutation) => mutation.error)?.error,
    OPEN: { busy: opening.loading, run: () => open().then(refetch) },
    CLOSE: { busy: closing.loading, run: () => close().then(refetch) },
    UNLINK: { busy: unlinking.loading, run: () => endLink().then(() => show(null)) },
    DELETE: { busy: removing.loading, run: () => remove().then(() => router.push("/studies")) },
    look: {
      busy: previewing.loading,
      run: async () => {
        const made = await preview();
        if (made.data) window.open(`/vote/${made.data.previewStudy.token}`, "_blank", "noopener");
      },
    },
    link: {
      busy: linking.loading,
      run: async () => {
        const made = await makeLink();
        if (made.data) show([linkOf(made.data.createStudyLink.token)]);
      },
    },
    invite: {
      busy: inviting.loading,
      run: async (count: number) => {
        const made = await invite({ variables: { input: { studyId: id, count } } });
        show((made.data?.inviteParticipants.invites ?? []).map(({ token }) => linkOf(token)));
      },
    },
  };
}

/** What may be done with a study in its state. */
export function StudyActions({ study, refetch }: { study: Study; refetch(): Promise<unknown> }) {
  const { id, state } = study;
  const [asking, setAsking] = useState<Question | "INVITE" | "PAIRS" | null>(null);
  const [links, setLinks] = useState<readonly string[] | null>(null);
  const acts = useActs(study, refetch, setLinks);
  const onClose = () => setAsking(null);
  // The mutations' own state shows what went wrong.
  const run = (work: Promise<unknown>) => void work.then(onClose, onClose);
  const button = (label: string, act: () => void, { busy = false, primary = false } = {}): ReactNode => (
    <Button size="compact-sm" variant={primary ? "filled" : "default"} loading={busy} onClick={act}>
      {label}
    </Button>
  );
  const ask = (label: string, question: NonNullable<typeof asking>, primary = false) =>
    button(label, () => setAsking(question), { primary });
  return (
    <Stack gap="xs" component="section" aria-label="Actions">
      <Group gap="xs">
        {state === "DRAFT" && ask("Open the study", "OPEN", true)}
        {button("Look as a volunteer", () => run(acts.look.run()), acts.look)}
        {state === "DRAFT" && (
          <Button size="compact-sm" variant="default" component={Link} href={`/studies/${id}/edit`}>
            Edit
          </Button>
        )}
        {state !== "CLOSED" &&
          button(
            study.linkCreatedAt ? "Make a new open link" : "Make an open link",
            () => run(acts.link.run()),
            acts.link,
          )}
        {state !== "CLOSED" && study.linkCreatedAt && ask("End the open link", "UNLINK")}
        {state !== "CLOSED" && ask("Invite people", "INVITE")}
        {study.progress.votes > 0 && ask("Use the votes", "PAIRS")}
        {state === "OPEN" && ask("Close the study", "CLOSE")}
        {state === "DRAFT" && ask("Delete", "DELETE")}
      </Group>
      {acts.error && (
        <Alert color="red" title="Not done" role="alert">
          {acts.error.message}
        </Alert>
      )}
      {links && <Links links={links} onDone={() => setLinks(null)} />}
      {asking === "PAIRS" && <HumanPairs studyId={id} onClose={onClose} />}
      {asking === "INVITE" && (
        <InviteDialog busy={acts.invite.busy} onInvite={(count) => run(acts.invite.run(count))} onClose={onClose} />
      )}
      {asking && asking !== "PAIRS" && asking !== "INVITE" && (
        <Confirm
          {...QUESTIONS[asking]}
          busy={acts[asking].busy}
          onAct={() => run(acts[asking].run())}
          onClose={onClose}
        />
      )}
    </Stack>
  );
}
