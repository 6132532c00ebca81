import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{server,shared,web,tools}/**/*.test.{ts,tsx}", "test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts", "test/e2e/dashboard-setup.ts"],
    // ONNX Runtime and Postgres have threads of their own: more workers than cores only make tests time out.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
