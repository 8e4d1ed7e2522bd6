import { defineConfig } from "vitest/config";
import { LongestFirst } from "./scripts/longest-first.ts";

/** Tests that start servers or programs, and so share the machine's few cores. */
const slow = ["test/postgres/**/*.test.ts", "test/cli/**/*.test.ts", "test/contract/**/*.test.ts"];

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "quick",
          include: ["test/**/*.test.ts"],
          exclude: slow,
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: { name: "slow", include: slow, testTimeout: 120_000, hookTimeout: 120_000 },
      },
    ],
  },
});
