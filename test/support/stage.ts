/** A stage for whole runs that is set for a test file, and of which nothing outlives it. */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect } from "vitest";
import type { RunningTool } from "./running-tool.ts";
import { setMs, setTestStage, type TestStage, type TestStageOptions } from "./set-stage.ts";

export type { PlanStep, TestStage } from "./set-stage.ts";

/** Call at the top of a test file; `.current` is there once the tests run. */
export function withStage(options: TestStageOptions): { readonly current: TestStage } {
  let current: TestStage | undefined;
  const tools = new Set<RunningTool>();
  beforeAll(async () => {
    current = await setTestStage(options, tools);
  }, setMs);
  afterAll(async () => {
    for (const tool of tools) tool.kill("SIGKILL");
    await Promise.all([...tools].map((tool) => tool.ended));
    await current?.stage.stop();
    if (options.network === true) await current?.network.close();
    if (current !== undefined) await rm(current.folder, { recursive: true, force: true });
  }, setMs);
  return {
    get current() {
      if (current === undefined) throw new Error("The stage is set only while tests run.");
      return current;
    },
  };
}

/** Resolves when a write that begins after this call was acknowledged by that server. */
export async function writesOn(at: TestStage, side: "source" | "target"): Promise<void> {
  const server = `:${at.stage.cloud.facts[side].port}`;
  const asked = Date.now();
  await expect
    .poll(
      async () => {
        const { servers } = await at.testimony();
        const taker = servers.find((each) => each.server.endsWith(server));
        return taker !== undefined && taker.lastMs > asked;
      },
      { timeout: 15_000, interval: 100 },
    )
    .toBe(true);
}

/** How often a request was made: `PUT`, and a pattern of its path. */
export function requests(log: readonly string[], method: string, pattern: RegExp): string[] {
  return log.filter((line) => line.startsWith(`${method} `) && pattern.test(line));
}
