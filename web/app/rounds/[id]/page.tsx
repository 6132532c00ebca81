import { Suspense } from "react";
import { RoundPage } from "../../../features/rounds/RoundPage.tsx";

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <Suspense>
      <RoundPage id={id} />
    </Suspense>
  );
}
