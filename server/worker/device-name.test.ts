import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { deviceName } from "./device-name.ts";

test("names the CPU, and the GPUs as NVIDIA's driver lists them", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "gan-rm-gpus-"));
  try {
    for (const [i, name] of ["NVIDIA H100 80GB HBM3", "NVIDIA L4"].entries()) {
      mkdirSync(path.join(folder, `0000:0${i}:00.0`));
      const text = `Model: \t\t ${name}\nIRQ:   \t\t 16\nGPU UUID: \t GPU-0\n`;
      writeFileSync(path.join(folder, `0000:0${i}:00.0`, "information"), text);
    }
    expect(deviceName("cuda", folder)).toBe("NVIDIA H100 80GB HBM3, NVIDIA L4");
    expect(deviceName("webgpu", path.join(folder, "nothing"))).toBeNull();
    expect(deviceName("cpu")).toMatch(new RegExp(`${os.cpus().length} threads$`));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
