"use client";
import { Button, Menu } from "@mantine/core";
import type { ReactNode } from "react";

interface ExportButtonProps {
  /** What is exported. */
  title: string;
  /** Menu items. */
  children: ReactNode;
  /** Stands for the button's word for a moment, such as "Copied". */
  done?: string | null;
}

/** The small menu below a table or beside a chart that gives it as a file. */
export function ExportButton({ title, children, done }: ExportButtonProps) {
  return (
    <Menu position="bottom-end" width={180} withinPortal>
      <Menu.Target>
        <Button variant="subtle" size="compact-xs" aria-label={`Export ${title}`}>
          <span aria-live="polite">{done ?? "Export"}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}
