import { JobList } from "../../../features/jobs/JobList.tsx";

export default function Page() {
  return <JobList />;
}
