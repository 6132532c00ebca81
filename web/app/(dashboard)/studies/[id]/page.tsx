import { StudyPage } from "../../../../features/studies/StudyPage.tsx";

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <StudyPage id={(await params).id} />;
}
