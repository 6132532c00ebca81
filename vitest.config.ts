import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{server,shared,web,tools}/**/*.test.{ts,tsx}", "test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
