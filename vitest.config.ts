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
    // On a loaded CI machine a browser may wait longer than a person would; the second try is told in the report.
    retry: process.env.CI ? 1 : 0,
    testTimeout: process.env.CI ? 90_000 : 30_000,
    hookTimeout: 120_000,
  },
});
