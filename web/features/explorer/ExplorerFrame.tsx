"use client";
import { Center, Loader } from "@mantine/core";
import dynamic from "next/dynamic";
import classes from "./Explorer.module.css";

/** The editor lives in the browser alone, and is loaded by this page alone: it is larger than the rest of the dashboard. */
const Explorer = dynamic(() => import("./Explorer.tsx").then((module) => module.Explorer), {
  ssr: false,
  loading: () => (
    <Center h="100%" aria-busy="true">
      <Loader aria-label="Loading the explorer" />
    </Center>
  ),
});

export function ExplorerFrame() {
  return (
    <div className={classes.frame}>
      <h1 className={classes.title}>API explorer</h1>
      <Explorer />
    </div>
  );
}
