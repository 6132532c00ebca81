import { StudyList } from "../../../features/studies/StudyList.tsx";

export default function Page() {
  return <StudyList />;
}
