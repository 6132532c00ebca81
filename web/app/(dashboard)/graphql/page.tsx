import type { Metadata } from "next";
import { ExplorerFrame } from "../../../features/explorer/ExplorerFrame.tsx";

export const metadata: Metadata = { title: "API explorer · GAN-RM Lab" };

export default function Page() {
  return <ExplorerFrame />;
}
