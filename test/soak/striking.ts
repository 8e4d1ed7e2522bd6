/** Strikes at their moments: watches a tool's events, and does to it or its world what a scenario says. */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { TimedEvent } from "../../src/core/event.ts";
import { knownFaults } from "../../src/rehearsal/faults.ts";
import type { RunningTool } from "../support/running-tool.ts";
import type { TestStage } from "../support/set-stage.ts";
import type { Act, Moment } from "./scenario.ts";
import { tellAct } from "./tell.ts";

export interface Striking {
  /** Watches this process for the moments that have not come yet. */
  arm(tool: RunningTool): void;
  /** Resolves when nothing that was begun is under way. */
  settled(): Promise<void>;
  /** Switches off what would last. True when there was any. */
  repair(): Promise<boolean>;
  /** That, and what has not struck as often as it may: who checks is not to be struck. */
  disarm(): Promise<void>;
  /** So far, as words. */
  readonly struck: readonly string[];
  /** What a second process did that it must not. */
  readonly wrong: readonly string[];
}

/** What an event is called in a scenario. */
const whenOf: { readonly [type in TimedEvent["type"]]?: Moment["when"] } = {
  "step-entered": "entered",
  "action-began": "began",
  waiting: "waiting",
  "step-satisfied": "satisfied",
  undoing: "undoing",
};

/** A step may have nothing to do, or nothing to wait for: then it is struck when it is satisfied. */
export function isMoment({ step, when }: Moment, event: TimedEvent): boolean {
  if (!("step" in event) || event.step !== step) return false;
  return whenOf[event.type] === when || (when !== "undoing" && event.type === "step-satisfied");
}

export function startStriking(acts: readonly Act[], at: TestStage, plan: string): Striking {
  const pending = new Set(acts);
  const under = new Set<Promise<void>>();
  const lasting = new Set<string>();
  const counted = new Set<string>();
  const struck: string[] = [];
  const wrong: string[] = [];
  const strike = async (act: Act, tool: RunningTool): Promise<void> => {
    await wait(act.at.delayMs);
    struck.push(tellAct(act));
    const problem = await carryOut(act, tool, { at, plan, lasting, counted });
    if (problem !== undefined) wrong.push(problem);
  };
  const watch = async (act: Act, tool: RunningTool): Promise<void> => {
    try {
      await tool.event((event) => isMoment(act.at, event));
    } catch {
      // It ended before that moment: a later process may come to it.
      return;
    }
    if (!pending.delete(act)) return;
    const doing = strike(act, tool)
      .catch((error: unknown) => {
        wrong.push(`${tellAct(act)} could not be done: ${String(error)}`);
      })
      .finally(() => under.delete(doing));
    under.add(doing);
  };
  return {
    struck,
    wrong,
    arm: (tool) => {
      for (const act of pending) void watch(act, tool);
    },
    settled: async () => {
      while (under.size > 0) await Promise.all(under);
    },
    repair: async () => {
      const any = lasting.size > 0;
      for (const name of lasting) await at.stage.cloud.fault(name, false);
      lasting.clear();
      return any;
    },
    disarm: async () => {
      for (const name of [...lasting, ...counted]) await at.stage.cloud.fault(name, false);
    },
  };
}

interface Surroundings {
  readonly at: TestStage;
  readonly plan: string;
  /** Faults that are on until somebody switches them off. */
  readonly lasting: Set<string>;
  /** Faults that strike so many times, and may not have yet. */
  readonly counted: Set<string>;
}

/** Undefined: done, and nothing is wrong with it. */
async function carryOut(
  { strike }: Act,
  tool: RunningTool,
  { at, plan, lasting, counted }: Surroundings,
): Promise<string | undefined> {
  const { cloud } = at.stage;
  switch (strike.does) {
    case "fault":
      await cloud.fault(strike.name, true);
      (isCounted(strike.name) ? counted : lasting).add(strike.name);
      if (strike.lastsMs !== undefined) {
        await wait(strike.lastsMs);
        await cloud.fault(strike.name, false);
        lasting.delete(strike.name);
      }
      return undefined;
    case "kill": {
      const children = strike.children ? await descendantsOf(tool.pid) : [];
      tool.kill("SIGKILL");
      for (const pid of children) endProcess(pid);
      return undefined;
    }
    case "signal":
      tool.kill(strike.signal);
      return undefined;
    case "restart":
      await cloud.restart(strike.server, strike.mode);
      return undefined;
    case "second":
      return runSecond(strike.words, tool, () => at.start(strike.words, plan));
  }
}

/** Over by itself after so many strikes. */
function isCounted(name: string): boolean {
  return knownFaults().find((fault) => fault.name === name)?.times !== undefined;
}

/** While the first one lives, it is refused; `status` and `plan` only look. */
async function runSecond(
  words: readonly string[],
  first: RunningTool,
  start: () => RunningTool,
): Promise<string | undefined> {
  let firstEnded = false;
  void first.ended.then(() => (firstEnded = true));
  const looks = ["status", "plan"].includes(words[0] ?? "");
  const second = start();
  const end = await second.ended;
  const refused = end.code === 2 && end.err.includes(`process ${first.pid} on `);
  // With the first one gone it may carry the run, as anybody may.
  if (firstEnded || (looks ? end.code !== 70 : refused)) return undefined;
  return `A second process (${words.join(" ")}) ended with ${end.code} while the first one lived: ${end.err.slice(-500)}`;
}

/** Children, theirs and so on, by /proc; none where that is not. */
export async function descendantsOf(root: number): Promise<readonly number[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const parents = new Map<number, number>();
  await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      // The name in parentheses may hold anything.
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      parents.set(Number(pid), parent);
    }),
  );
  const below = (pid: number): number[] =>
    [...parents]
      .filter(([, parent]) => parent === pid)
      .flatMap(([child]) => [child, ...below(child)]);
  return below(root);
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
