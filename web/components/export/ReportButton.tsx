"use client";
import { Button } from "@mantine/core";
import { useState } from "react";
import { exportFileName } from "../../../shared/export/table.ts";
import { saveFile } from "./saveFile.ts";

/** The page as one self-contained file, to be printed or sent. */
export function ReportButton({ title }: { title: string }) {
  const [state, setState] = useState<"ready" | "busy" | "failed">("ready");
  const save = async () => {
    const main = document.querySelector("main");
    if (!main) throw new Error("There is no page.");
    const { reportPage } = await import("./reportPage.ts");
    saveFile(await reportPage(main, title), "text/html;charset=utf-8", exportFileName({ title }, "html"));
  };
  const start = () => {
    setState("busy");
    save().then(
      () => setState("ready"),
      () => setState("failed"),
    );
  };
  return (
    <Button size="compact-md" variant="default" loading={state === "busy"} onClick={start}>
      {state === "failed" ? "Report failed, try again" : "Save report"}
    </Button>
  );
}
