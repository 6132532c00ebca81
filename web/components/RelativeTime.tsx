"use client";
import { useInterval } from "@mantine/hooks";
import { useState } from "react";
import { ago } from "../../shared/format/number.ts";

const ABSOLUTE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** "3 min ago", kept true while it is shown; the date and time on hover. */
export function RelativeTime({ time }: { time: string }) {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), 10_000, { autoInvoke: true });
  return (
    <time dateTime={time} title={ABSOLUTE.format(new Date(time))} suppressHydrationWarning>
      {ago(time, Math.max(now, new Date(time).getTime()))}
    </time>
  );
}
