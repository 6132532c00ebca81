import { AblationPage } from "../../../../features/ablations/AblationPage.tsx";

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <AblationPage id={(await params).id} />;
}
