import { StudyForm } from "../../../../features/studies/StudyForm.tsx";

export default function Page() {
  return <StudyForm />;
}
