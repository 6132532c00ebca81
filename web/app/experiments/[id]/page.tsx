import { ExperimentPage } from "../../../features/experiments/ExperimentPage.tsx";

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <ExperimentPage id={(await params).id} />;
}
