import { Button } from "@mantine/core";
import Link from "next/link";
import { compareAddress, type Subject } from "./compareAddress.ts";

/** To the page that shows these side by side, where others can be added. */
export function CompareButton({ subjects }: { subjects: readonly Subject[] }) {
  return (
    <Button component={Link} href={compareAddress(subjects)} size="compact-md" variant="default">
      Compare
    </Button>
  );
}
