import { RoundPage } from "../../../../features/rounds/RoundPage.tsx";

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <RoundPage id={(await params).id} />;
}
