import { headers } from "next/headers";
import { VotePage } from "../../../../features/vote/VotePage.tsx";

/**
 * Rendered for every request, because each has a nonce of its own that alone lets scripts run (server/http.ts). The token is not
 * looked at here: /vote/shell is the page that browsers keep for when they are offline.
 */
export default async function Page() {
  await headers();
  return <VotePage />;
}
