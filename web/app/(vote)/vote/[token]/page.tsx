import { headers } from "next/headers";
import { VotePage } from "../../../../features/vote/VotePage.tsx";

/** Rendered for every request, because each has a nonce of its own that alone lets scripts run (server/http.ts). */
export default async function Page({ params }: { params: Promise<{ token: string }> }) {
  await headers();
  return <VotePage token={(await params).token} />;
}
