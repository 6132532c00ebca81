import { SharedExperimentPage } from "../../../../features/experiments/SharedExperiment.tsx";

export default async function Page({ params }: { params: Promise<{ link: string }> }) {
  const { link } = await params;
  return <SharedExperimentPage link={link} />;
}
