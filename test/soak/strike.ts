/** What may strike a run, drawn by chance. Pure. */
import { knownFaults } from "../../src/rehearsal/faults.ts";
import type { Chance } from "./chance.ts";

export type Strike =
  /** `lastsMs` undefined: until a person repairs it after a stop. */
  | { readonly does: "fault"; readonly name: string; readonly lastsMs: number | undefined }
  /** SIGKILL; with its children, as a machine that dies would take them along. */
  | { readonly does: "kill"; readonly children: boolean }
  | { readonly does: "signal"; readonly signal: "SIGTERM" | "SIGINT" }
  | {
      readonly does: "restart";
      readonly server: "source" | "target";
      readonly mode: "fast" | "immediate";
    }
  /** Another process at the same time, which must be refused or only look. */
  | { readonly does: "second"; readonly words: readonly string[] };

/** How much more than others a fault is drawn: the first that fits. */
const weights: readonly (readonly [fault: RegExp, weight: number])[] = [
  // Real waiting, half a minute each.
  [/http-hang/, 0.3],
  [/^(name-server|resolver)-/, 0.4],
  [/^digitalocean-/, 0.6],
  [/^(http|reset|token|operation)-/, 1],
  // The service's own oddities, which no retry gets over.
  [/^/, 2.5],
];

const weightOf = (fault: string): number =>
  weights.find(([pattern]) => pattern.test(fault))?.[1] ?? 1;

export const leftOut: ReadonlySet<string> = new Set([
  // A question that the run answers by itself, so nothing is met.
  "waits-for-start",
  // The copy stays wrong: only an undo gets over it, and every resume finds it again.
  "row-lost-in-copy",
  "row-changed-in-copy",
  // Only forks of a cluster meet them, and no step makes one.
  "digitalocean-fork-stuck",
  "digitalocean-replica-active",
  // What the resolver took in meanwhile it keeps for five minutes after the repair.
  "resolver-clamp-ttl",
]);

const faults = knownFaults()
  .map(({ name }) => name)
  .filter((name) => !leftOut.has(name))
  .map((name) => [weightOf(name), name] as const);

const kinds = [
  [40, "fault"],
  [26, "kill"],
  [16, "restart"],
  [10, "signal"],
  [8, "second"],
] as const;

export function drawStrike(chance: Chance): Strike {
  const does = chance.weighted<(typeof kinds)[number][1]>(kinds);
  switch (does) {
    case "fault": {
      const name = chance.weighted(faults);
      const passes = chance.happens(0.4);
      return { does, name, lastsMs: passes ? chance.between(300, 5000) : undefined };
    }
    case "kill":
      return { does, children: chance.happens(0.5) };
    case "signal":
      return { does, signal: chance.one(["SIGTERM", "SIGINT"] as const) };
    case "restart":
      return {
        does,
        server: chance.one(["source", "target"] as const),
        mode: chance.one(["fast", "immediate"] as const),
      };
    case "second":
      return {
        does,
        words: chance.one([["run"], ["run", "--resume"], ["undo"], ["status"], ["plan"]]),
      };
  }
}
