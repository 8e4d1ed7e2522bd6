/** What a soak went through and how it ended, in figures. Pure. */
import type { Finished } from "./run-one.ts";
import type { Scenario } from "./scenario.ts";

export interface Summary {
  readonly seed: string;
  readonly runs: number;
  readonly failed: readonly number[];
  readonly endings: { readonly [ending: string]: number };
  readonly through: { readonly [way: string]: number };
  readonly databases: { readonly [database: string]: number };
  /** That came to their moment, by kind. */
  readonly strikes: { readonly [kind: string]: number };
  /** Names of the faults among them. */
  readonly faults: number;
  readonly processes: number;
  readonly resumes: number;
  readonly undos: number;
  readonly acknowledgedWrites: number;
  readonly longestOutageMs: number;
  readonly tookMs: number;
}

export interface Carried {
  readonly scenario: Scenario;
  readonly finished: Finished;
}

export function summarise(seed: string, carried: readonly Carried[], tookMs: number): Summary {
  const finished = carried.map((each) => each.finished);
  const struck = finished.flatMap((each) => each.struck);
  const started = finished.flatMap((each) =>
    each.processes.filter((line) => line.includes(" -> ")),
  );
  return {
    seed,
    runs: carried.length,
    failed: finished.filter(({ problems }) => problems.length > 0).map(({ number }) => number),
    endings: count(finished.map(({ ending }) => ending)),
    through: count(carried.map(({ scenario }) => scenario.through)),
    databases: count(
      carried.map(({ scenario: { database } }) =>
        database.is === "dump" ? database.name : "generated",
      ),
    ),
    strikes: count(struck.map(kindOf)),
    faults: new Set(struck.filter((words) => kindOf(words) === "fault").map(firstWord)).size,
    processes: started.length,
    resumes: started.filter((line) => line.startsWith("run --resume")).length,
    undos: started.filter((line) => line.startsWith("undo")).length,
    acknowledgedWrites: sum(finished.map(({ acknowledged }) => acknowledged)),
    longestOutageMs: Math.round(Math.max(0, ...finished.map((each) => each.longestOutageMs))),
    tookMs: Math.round(tookMs),
  };
}

const firstWord = (words: string): string => words.split(" ")[0] ?? "";

function kindOf(words: string): string {
  if (words.startsWith("kill")) return "kill -9";
  if (words.startsWith("SIG")) return "signal";
  if (words.includes(" restarted ")) return "restart";
  return words.startsWith("second process") ? "second process" : "fault";
}

function count(words: readonly string[]): { readonly [word: string]: number } {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0);

export function summaryLines(summary: Summary): readonly string[] {
  const list = (counts: { readonly [word: string]: number }): string =>
    Object.entries(counts)
      .toSorted(([, a], [, b]) => b - a)
      .map(([word, number]) => `${number} ${word}`)
      .join(", ");
  const passed = summary.runs - summary.failed.length;
  return [
    `${passed} of ${summary.runs} runs passed with seed ${summary.seed}, in ${Math.round(summary.tookMs / 1000)} s`,
    `  endings     ${list(summary.endings)}`,
    `  databases   ${list(summary.databases)}; re-pointed through ${list(summary.through)}`,
    `  strikes     ${list(summary.strikes)} (${summary.faults} different faults)`,
    `  processes   ${summary.processes}, of which ${summary.resumes} resumes and ${summary.undos} undos`,
    `  writes      ${summary.acknowledgedWrites} acknowledged; the longest outage was ${(summary.longestOutageMs / 1000).toFixed(1)} s`,
    ...(summary.failed.length > 0 ? [`  FAILED      ${summary.failed.join(", ")}`] : []),
  ];
}
