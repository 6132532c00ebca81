import { ExperimentList } from "../../features/experiments/ExperimentList.tsx";

export default function Page() {
  return <ExperimentList />;
}
