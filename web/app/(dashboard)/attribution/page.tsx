import { AttributionTable } from "../../../components/AttributionTable.tsx";

export default function Page() {
  return <AttributionTable />;
}
