import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Provider } from "../ml/onnx/session.ts";

/** Where NVIDIA's driver describes each of its GPUs to Linux. */
const GPUS = "/proc/driver/nvidia/gpus";

/**
 * What a worker computes on, for the record of its jobs: the CPU's model with its number of threads, or the names of the GPUs that
 * NVIDIA's driver knows; null where nobody says.
 * @param gpus folder of the driver
 */
export function deviceName(provider: Provider, gpus = GPUS): string | null {
  if (provider !== "cpu") return gpuNames(gpus);
  const cpus = os.cpus();
  const model = cpus[0]?.model.trim();
  return model ? `${model}, ${cpus.length} threads` : null;
}

function gpuNames(folder: string): string | null {
  try {
    const names = readdirSync(folder).flatMap((gpu) => {
      const text = readFileSync(path.join(folder, gpu, "information"), "utf8");
      return /^Model:\s*(.+?)\s*$/m.exec(text)?.[1] ?? [];
    });
    return names.length > 0 ? names.join(", ") : null;
  } catch {
    return null; // another maker's GPU, or another system: the runtime does not tell its name
  }
}
