import { notFound } from "next/navigation";

/** Whatever has no page of its own. The dashboard and the vote page have no layout in common that Next could put its answer into. */
export default function Page() {
  notFound();
}
