import { EditStudy } from "../../../../../features/studies/EditStudy.tsx";

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <EditStudy id={(await params).id} />;
}
