import { ExperimentPage } from "../../../../features/experiments/ExperimentPage.tsx";
import { ExperimentRun } from "../../../../features/runs/ExperimentRun.tsx";
import { ShareButton } from "../../../../features/share/ShareButton.tsx";

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <ExperimentPage id={id} run={<ExperimentRun experimentId={id} />} share={<ShareButton experimentId={id} />} />;
}
