import { SignIn } from "../../../features/session/SignIn.tsx";

export default function Page() {
  return <SignIn />;
}
