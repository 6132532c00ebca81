"use client";
import { Button, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";

export interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor?: string | null;
  endCursor?: string | null;
}
/** Where a page begins or ends; both null: the first page. */
export interface Place {
  after: string | null;
  before: string | null;
}

interface PagerProps {
  pageInfo: PageInfo;
  onMove(to: Place): void;
  /** What the page shows, such as "1 to 25 of 500". */
  children?: ReactNode;
  busy?: boolean;
}

/** The variables of one page of a connection. */
export const pageVariables = (place: Place, size: number) =>
  place.before
    ? { last: size, before: place.before, first: null, after: null }
    : { first: size, after: place.after, last: null, before: null };

/** Steps by cursor: rows that arrive meanwhile move nothing, and page 300 comes as fast as page 1. */
export function Pager({ pageInfo, onMove, children, busy }: PagerProps) {
  const { hasNextPage, hasPreviousPage, startCursor = null, endCursor = null } = pageInfo;
  if (!hasNextPage && !hasPreviousPage)
    return children ? (
      <Text size="sm" c="dimmed" ta="center">
        {children}
      </Text>
    ) : null;
  return (
    <Group component="nav" aria-label="Pages" justify="center" gap="sm">
      <Button
        variant="default"
        disabled={!hasPreviousPage || busy}
        onClick={() => onMove({ before: startCursor, after: null })}
      >
        Previous
      </Button>
      <Text size="sm" c="dimmed" component="span">
        {children}
      </Text>
      <Button
        variant="default"
        disabled={!hasNextPage || busy}
        onClick={() => onMove({ after: endCursor, before: null })}
      >
        Next
      </Button>
    </Group>
  );
}
