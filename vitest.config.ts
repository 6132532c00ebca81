import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Node gives everybody graphql's CommonJS build; Vite would give our own files the other one, a second graphql beside it.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve("graphql")) }] },
  test: {
    include: ["{server,shared,web,tools}/**/*.test.{ts,tsx}", "test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts", "test/e2e/dashboard-setup.ts"],
    // ONNX Runtime and Postgres have threads of their own: more workers than cores only make tests time out.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
