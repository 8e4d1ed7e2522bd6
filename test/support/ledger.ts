/** The kills of a rehearsal so far, and which moment of an action comes next. */
import { readFileSync } from "node:fs";

export interface Kill {
  readonly direction: "run" | "undo";
  readonly step: string;
  /** The first word of its id. */
  readonly action: string;
  /**
   * `before`: begun in the journal, and nothing done. `during`: the effect is
   * being made. `after`: made, and not in the journal. Of a child that makes it:
   * killed alone, or both. `signal`: not an action's, see Orders.
   */
  readonly moment: "before" | "child alone" | "both" | "during" | "after" | "signal";
  /** A child makes the effect. */
  readonly child?: true;
}

export interface Orders {
  readonly ledger: string;
  /** Step to kind: an action that several steps have is killed in one of them. */
  readonly kinds: { readonly [step: string]: string };
  /** Only these actions, by the first word. */
  readonly only?: readonly string[];
  /** Once more although it was there, as long as it can be. */
  readonly again?: Pick<Kill, "action" | "moment"> | undefined;
  /** Once a line of the journal that matches is on disk. */
  readonly signal?: { readonly at: string; readonly name: NodeJS.Signals };
}

export function readLedger(file: string): readonly Kill[] {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // Nobody was killed yet.
  }
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Kill);
}

type Where = Pick<Kill, "direction" | "step" | "action">;

/** Earlier kills of the same action, in whatever step of that kind. */
export function killsOf(
  ledger: readonly Kill[],
  kinds: Orders["kinds"],
  { direction, step, action }: Where,
): readonly Kill[] {
  return ledger.filter(
    (kill) =>
      kill.direction === direction &&
      kill.action === action &&
      kinds[kill.step] === kinds[step] &&
      kill.moment !== "signal",
  );
}

/** Undefined: this action was killed at every moment. */
export function nextMoment(
  ledger: readonly Kill[],
  { kinds, again }: Pick<Orders, "kinds" | "again">,
  where: Where,
): Kill["moment"] | undefined {
  const own = killsOf(ledger, kinds, where);
  const was = (moment: Kill["moment"]) => own.some((kill) => kill.moment === moment);
  const next = momentsOf(own).find((moment) => !was(moment));
  // These two let the effect come about, and then the action does not come again.
  const last = next === undefined || next === "during" || next === "after";
  if (last && again?.action === where.action && was(again.moment)) return again.moment;
  return next;
}

/** Which moments an action has: two more where a child of the tool makes its effect. */
export function momentsOf(kills: readonly Kill[]): readonly Kill["moment"][] {
  return kills.some((kill) => kill.child === true)
    ? ["before", "child alone", "both", "during", "after"]
    : ["before", "during", "after"];
}
