import { EmptyState } from "../../components/EmptyState.tsx";
import { PageHeader } from "../../components/PageHeader.tsx";

export default function NotFound() {
  return (
    <>
      <PageHeader title="No such page" above={[{ href: "/", label: "Experiments" }]} />
      <EmptyState title="There is nothing at this address" />
    </>
  );
}
