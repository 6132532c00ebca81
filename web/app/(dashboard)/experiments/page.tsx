import { redirect } from "next/navigation";

/** Where one comes to by cutting an experiment's address. */
export default function Page() {
  redirect("/");
}
