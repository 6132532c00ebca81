import { Jobs } from "../../../features/jobs/JobList.tsx";

export default function Page() {
  return <Jobs />;
}
