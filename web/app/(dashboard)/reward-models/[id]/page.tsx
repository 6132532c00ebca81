import { RewardModelPage } from "../../../../features/reward-models/RewardModelPage.tsx";

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <RewardModelPage id={(await params).id} />;
}
