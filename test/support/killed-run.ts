/**
 * The built program, killed at action after action and started again each
 * time, until it ends by itself; and which declared actions that covered.
 */
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { DeclaredActions } from "../../src/core/declared-action.ts";
import type { TimedEvent } from "../../src/core/event.ts";
import type { AnyKind } from "../../src/steps/index.ts";
import { momentsOf, readLedger, type Kill, type Orders } from "./ledger.ts";
import type { Ended } from "./program.ts";
import type { TestStage } from "./set-stage.ts";

const assassin = pathToFileURL(path.join(import.meta.dirname, "assassin.ts")).href;

export type KillOrders = Omit<Orders, "ledger" | "kinds">;

export interface Killed {
  readonly end: Ended;
  readonly kills: readonly Kill[];
  readonly events: readonly TimedEvent[];
}

export interface KilledRun {
  /** Command with its words; it is the same after a kill, but for `--resume`. */
  readonly words: readonly string[];
  readonly plan: string;
  readonly kinds: Orders["kinds"];
  orders(kills: readonly Kill[]): KillOrders;
  /** The program is gone, and nobody has looked at the world since. */
  killed?(kill: Kill): Promise<void>;
}

/** To its own end, or to the signal that was ordered. Rejects when somebody else killed it. */
export async function runKilled(stage: TestStage, run: KilledRun): Promise<Killed> {
  const ledger = path.join(stage.folder, "kills.jsonl");
  const before = readLedger(ledger).length;
  const events: TimedEvent[] = [];
  const isResumed = run.words[0] !== "run" || run.words.includes("--resume");
  let { words } = run;
  for (;;) {
    const known = readLedger(ledger);
    const orders: Orders = { ...run.orders(known), ledger, kinds: run.kinds };
    const env = { NODE_OPTIONS: `--import=${assassin}`, ASSASSIN: JSON.stringify(orders) };
    const tool = stage.start(words, run.plan, env);
    // oxlint-disable-next-line no-await-in-loop -- one life after the other
    const end = await tool.ended;
    events.push(...tool.events);
    const [kill, ...more] = readLedger(ledger).slice(known.length);
    const alone = kill?.moment === "child alone" && end.code !== 0;
    if (kill?.moment === "signal" || (end.signal !== "SIGKILL" && !alone)) {
      return { end, kills: readLedger(ledger).slice(before), events };
    }
    if (kill === undefined || more.length > 0) {
      throw new Error(`Not killed once, but: ${JSON.stringify([kill, ...more])}.\n${end.err}`);
    }
    // oxlint-disable-next-line no-await-in-loop -- one life after the other
    await run.killed?.(kill);
    if (!isResumed) words = [...run.words, "--resume"];
  }
}

/**
 * An effect of one request has come about when its answer is there, and a
 * resumed run that sees it begins no such action again. Had it, then it would
 * have been killed after that one.
 */
function isOver(moment: Kill["moment"], was: (moment: Kill["moment"]) => boolean): boolean {
  return moment === "after" && was("during");
}

/** What is declared and was not killed at each of its moments: `run data-streaming answer: after`. */
export function notCovered(
  kills: readonly Kill[],
  kinds: readonly AnyKind[],
  kindOf: Orders["kinds"],
): readonly string[] {
  const of = (kind: string, direction: Kill["direction"], declared: DeclaredActions) =>
    Object.keys(declared).flatMap((action) => {
      const own = kills.filter(
        (kill) =>
          kill.direction === direction && kill.action === action && kindOf[kill.step] === kind,
      );
      const was = (moment: Kill["moment"]) => own.some((kill) => kill.moment === moment);
      const missing = momentsOf(own).filter((moment) => !was(moment) && !isOver(moment, was));
      return missing.length === 0 ? [] : [`${direction} ${kind} ${action}: ${missing.join(", ")}`];
    });
  return kinds.flatMap((kind) => [
    ...of(kind.kind, "run", kind.actions),
    ...of(kind.kind, "undo", kind.undo?.actions ?? {}),
  ]);
}
