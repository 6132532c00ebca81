"use client";
import { useApolloClient, useSubscription } from "@apollo/client/react";
import { Anchor, CloseButton, Text, VisuallyHidden } from "@mantine/core";
import Link from "next/link";
import { useEffect, useEffectEvent, useState } from "react";
import { ENDED_JOB, JOB_ENDS } from "./JobNotices.graphql.ts";
import classes from "./JobNotices.module.css";
import { NO_NOTICES, type Notice, sumOf, withEnded, without } from "./prepareNotices.ts";

/** A notice of success stays so long after its last news; one of a failure stays until it is dismissed. */
const SUCCESS_MS = 30_000;

function NoticeCard({ notice, onClose }: { notice: Notice; onClose(): void }) {
  const sum = sumOf(notice);
  const { failed, succeeded } = notice;
  const close = useEffectEvent(onClose);
  // The clock is outside React; each new success starts it anew.
  useEffect(() => {
    if (failed > 0 || succeeded === 0) return;
    const timer = setTimeout(close, SUCCESS_MS);
    return () => clearTimeout(timer);
  }, [failed, succeeded]);
  return (
    <li className={classes.notice} data-failed={notice.failed > 0 || undefined}>
      <div>
        <Anchor component={Link} href={notice.href} size="sm" fw={600} onClick={onClose}>
          <span aria-hidden="true">{notice.failed > 0 ? "✕ " : "✓ "}</span>
          {notice.text}
        </Anchor>
        {notice.of && <Text size="sm">{notice.of}</Text>}
        {sum && (
          <Text size="xs" c="dimmed">
            {sum}
          </Text>
        )}
      </div>
      <CloseButton size="sm" aria-label={`Dismiss: ${notice.text}`} onClick={onClose} />
    </li>
  );
}

/**
 * Jobs that finish or fail while the page is open, in a corner of it until they are dismissed or followed, successes for half a minute. What ends while the socket
 * is down is not told of; the page of jobs has it.
 */
export function JobNotices() {
  const client = useApolloClient();
  const [notices, setNotices] = useState(NO_NOTICES);
  useSubscription(JOB_ENDS, {
    ignoreResults: true,
    onData({ data: { data } }) {
      const job = data?.jobsUpdated;
      if (job?.state !== "SUCCEEDED" && job?.state !== "FAILED") return;
      client.query({ query: ENDED_JOB, variables: { id: job.id }, fetchPolicy: "network-only" }).then(
        (answer) => {
          const ended = answer.data?.job;
          if (ended) setNotices((before) => withEnded(before, ended));
        },
        () => undefined,
      );
    },
  });
  const close = (key: string) => setNotices((before) => without(before, key));
  return (
    <section aria-label="Notices">
      <VisuallyHidden role="status" aria-live="polite">
        {notices.announcement}
      </VisuallyHidden>
      {notices.shown.length > 0 && (
        <ul className={classes.notices}>
          {notices.shown.map((notice) => (
            <NoticeCard key={notice.key} notice={notice} onClose={() => close(notice.key)} />
          ))}
        </ul>
      )}
    </section>
  );
}
