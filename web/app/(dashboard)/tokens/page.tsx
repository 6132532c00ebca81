import { TokenPage } from "../../../features/tokens/TokenPage.tsx";

export default function Page() {
  return <TokenPage />;
}
