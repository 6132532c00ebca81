import { useMutation } from "@apollo/client/react";
import { Alert, Button, Code, CopyButton, Group, NumberInput, Stack, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Dialog } from "../../components/Dialog.tsx";
import type { Study } from "./prepareStudy.ts";
import { CLOSE_STUDY, INVITE, OPEN_STUDY, PREVIEW_STUDY, STUDY_LINK } from "./StudyPage.graphql.ts";

const linkOf = (token: string): string => `${window.location.origin}/vote/${token}`;

/** Links, this once. */
function Links({ links, onDone }: { links: readonly string[]; onDone(): void }) {
  const text = links.join("\n");
  return (
    <Alert
      color="teal"
      title={`Copy ${links.length === 1 ? "the link" : "the links"} now: not shown again`}
      role="status"
    >
      <Stack gap="xs">
        <Code block style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap", maxHeight: 240, overflowY: "auto" }}>
          {text}
        </Code>
        <Group gap="xs">
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button size="compact-sm" variant="default" onClick={copy}>
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
          <Button size="compact-sm" variant="subtle" onClick={onDone}>
            Done
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

interface ConfirmProps {
  title: string;
  words: string;
  act: string;
  busy: boolean;
  onAct(): void;
  onClose(): void;
}

function Confirm({ title, words, act, busy, onAct, onClose }: ConfirmProps) {
  return (
    <Dialog opened onClose={onClose} title={title} centered>
      <Stack>
        <Text size="sm">{words}</Text>
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            Not yet
          </Button>
          <Button loading={busy} onClick={onAct}>
            {act}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
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

const OPENING =
  "This freezes the plan: design, exclusions and analysis can't be changed any more, and a hash of them is shown. Which sample stands for an arm is decided now.";
const CLOSING = "No vote is taken any more, also of people who are in the middle of it. This can't be undone.";

/** What may be done with a study in its state. */
export function StudyActions({ study, refetch }: { study: Study; refetch(): Promise<unknown> }) {
  const { id, state } = study;
  const [asking, setAsking] = useState<"OPEN" | "CLOSE" | "INVITE" | null>(null);
  const [links, setLinks] = useState<readonly string[] | null>(null);
  const [open, opening] = useMutation(OPEN_STUDY, { variables: { id } });
  const [close, closing] = useMutation(CLOSE_STUDY, { variables: { id } });
  const [makeLink, linking] = useMutation(STUDY_LINK, { variables: { id } });
  const [preview, previewing] = useMutation(PREVIEW_STUDY, { variables: { id } });
  const [invite, inviting] = useMutation(INVITE);
  const error = [opening, closing, linking, previewing, inviting].find((mutation) => mutation.error)?.error;
  // The mutations' own state shows what went wrong.
  const run = (work: Promise<unknown>) =>
    void work.then(
      () => setAsking(null),
      () => setAsking(null),
    );
  const look = async () => {
    const made = await preview();
    if (made.data) window.open(`/vote/${made.data.previewStudy.token}`, "_blank", "noopener");
  };
  const link = async () => {
    const made = await makeLink();
    if (made.data) setLinks([linkOf(made.data.createStudyLink.token)]);
  };
  const inviteMany = async (count: number) => {
    const made = await invite({ variables: { input: { studyId: id, count } } });
    setLinks((made.data?.inviteParticipants.invites ?? []).map(({ token }) => linkOf(token)));
  };
  const button = (label: string, act: () => void, busy: boolean, primary = false): ReactNode => (
    <Button size="compact-md" variant={primary ? "filled" : "default"} loading={busy} onClick={act}>
      {label}
    </Button>
  );
  return (
    <Stack gap="xs" component="section" aria-label="Actions">
      <Group gap="xs">
        {state === "DRAFT" && button("Open the study", () => setAsking("OPEN"), opening.loading, true)}
        {button("Look as a volunteer", () => run(look()), previewing.loading)}
        {state !== "CLOSED" &&
          button(study.linkCreatedAt ? "New open link" : "Open link", () => run(link()), linking.loading)}
        {state !== "CLOSED" && button("Invite people", () => setAsking("INVITE"), inviting.loading)}
        {state === "OPEN" && button("Close the study", () => setAsking("CLOSE"), closing.loading)}
      </Group>
      {error && (
        <Alert color="red" title="Not done" role="alert">
          {error.message}
        </Alert>
      )}
      {links && <Links links={links} onDone={() => setLinks(null)} />}
      {asking === "OPEN" && (
        <Confirm
          title="Open the study?"
          words={OPENING}
          act="Freeze and open"
          busy={opening.loading}
          onAct={() => run(open().then(refetch))}
          onClose={() => setAsking(null)}
        />
      )}
      {asking === "CLOSE" && (
        <Confirm
          title="Close the study?"
          words={CLOSING}
          act="Close"
          busy={closing.loading}
          onAct={() => run(close().then(refetch))}
          onClose={() => setAsking(null)}
        />
      )}
      {asking === "INVITE" && (
        <InviteDialog
          busy={inviting.loading}
          onInvite={(count) => run(inviteMany(count))}
          onClose={() => setAsking(null)}
        />
      )}
    </Stack>
  );
}
