"use client";
import { useQuery } from "@apollo/client/react";
import type { ViewerQuery } from "./generated/graphql.ts";
import { VIEWER } from "./viewer.graphql.ts";

/** Who is signed in; undefined while that is not known. */
export function useViewer(): ViewerQuery["viewer"] | undefined {
  return useQuery(VIEWER).data?.viewer;
}

/** Whether the reader may start and stop things; the server decides again. */
export function useMayChange(): boolean {
  const role = useViewer()?.role;
  return role === "ADMIN" || role === "MEMBER";
}
