import { NewStudy } from "../../../../features/studies/NewStudy.tsx";

export default function Page() {
  return <NewStudy />;
}
