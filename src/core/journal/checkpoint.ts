/**
 * Where a run stands: the journal, folded. Derived each time, never stored.
 */
import type { Approval, Note, VoidedApproval } from "../step.ts";
import type { Action } from "../verdict.ts";
import type { Entry, Identities, KnownPlace } from "./entry.ts";

export interface Proven {
  readonly at: string;
  readonly because: string;
  /** Where in the journal: what this run changed after it may have undone the proof. */
  readonly seq: number;
}

export interface Checkpoint {
  readonly run: string;
  readonly openedAt: string;
  readonly plan: { readonly name: string; readonly digest: string; readonly document: unknown };
  readonly identities: Identities;
  /** Undefined in journals of older versions. */
  readonly sourcePlace: KnownPlace | undefined;
  readonly notes: readonly Note[];
  /** Step id to when it was last proven. Undoing a step forgets it and all that come after, approvals too. */
  readonly satisfied: ReadonlyMap<string, Proven>;
  /** Step id to the `seq` of the last action that began in it, forwards or backwards, and may void proofs. */
  readonly acted: ReadonlyMap<string, number>;
  /** Steps that this run began to change and has not undone, in that order. */
  readonly changed: readonly string[];
  /** The action that a crash left in doubt: began, and neither ended nor failed. */
  readonly inDoubt: { readonly step: string; readonly action: Action } | undefined;
  readonly approvals: ReadonlyMap<string, Approval>;
  /** Gates whose yes counts no more, and that were not said yes to again. */
  readonly voided: ReadonlyMap<string, VoidedApproval>;
  /** `notes`: how many had been made by then. Order is never told by times: clocks are set back. */
  readonly stops: readonly { readonly step: string; readonly at: string; readonly notes: number }[];
  readonly pointOfNoReturn: { readonly step: string; readonly at: string } | undefined;
  /** Steps that were proven when the point of no return was crossed: they cannot be asked again. */
  readonly provenAtCrossing: ReadonlySet<string>;
  readonly end: "open" | "finished" | "withdrawn";
  /** The stop with which its last process ended; undefined when that said no last word, or goes on. */
  readonly atRest: { readonly step: string | undefined; readonly at: string } | undefined;
  /** When anything was last journaled. */
  readonly lastAt: string;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Folding extends Writable<Checkpoint> {
  notes: Note[];
  satisfied: Map<string, Proven>;
  acted: Map<string, number>;
  changed: string[];
  approvals: Map<string, Approval>;
  voided: Map<string, VoidedApproval>;
  stops: { step: string; at: string; notes: number }[];
}

/** Undefined for a journal without a first entry: a run that never began. */
export function fold(entries: readonly Entry[]): Checkpoint | undefined {
  const [first, ...rest] = entries;
  if (first?.type !== "opened") return undefined;
  const folding: Folding = {
    run: first.run,
    openedAt: first.at,
    plan: first.plan,
    identities: first.identities,
    sourcePlace: first.sourcePlace,
    notes: [],
    satisfied: new Map(),
    acted: new Map(),
    changed: [],
    inDoubt: undefined,
    approvals: new Map(),
    voided: new Map(),
    stops: [],
    pointOfNoReturn: undefined,
    provenAtCrossing: new Set(),
    end: "open",
    atRest: undefined,
    lastAt: first.at,
  };
  for (const entry of rest) {
    take(folding, entry);
    folding.lastAt = entry.at;
    folding.atRest = entry.type === "stopped" ? { step: entry.step, at: entry.at } : undefined;
  }
  return folding;
}

function take(folding: Folding, entry: Entry): void {
  const { at } = entry;
  switch (entry.type) {
    case "action-began":
      folding.inDoubt = { step: entry.step, action: entry.action as Action };
      if (entry.action.keepsProofs !== true) folding.acted.set(entry.step, entry.seq);
      if (!folding.changed.includes(entry.step)) folding.changed.push(entry.step);
      break;
    case "action-ended":
    case "action-failed":
      folding.inDoubt = undefined;
      break;
    case "note":
      folding.notes.push({ step: entry.step, name: entry.name, value: entry.value, at });
      break;
    case "satisfied":
      folding.satisfied.set(entry.step, { at, because: entry.because, seq: entry.seq });
      settle(folding, entry.step);
      break;
    case "approved":
      folding.approvals.set(entry.step, { who: entry.who, at, how: entry.how });
      folding.voided.delete(entry.step);
      break;
    case "point-of-no-return":
      if (folding.pointOfNoReturn !== undefined) break;
      folding.pointOfNoReturn = { step: entry.step, at };
      folding.provenAtCrossing = new Set(folding.satisfied.keys());
      break;
    case "undone":
      // A run that was at its end, and of which something is taken back, is not any more.
      if (folding.end === "finished") folding.end = "open";
      folding.changed = folding.changed.filter((changed) => changed !== entry.step);
      for (const step of entry.forgets) forget(folding, step, { step: entry.step, at });
      settle(folding, entry.step);
      break;
    case "stopped":
      if (entry.step !== undefined) {
        folding.stops.push({ step: entry.step, at, notes: folding.notes.length });
      }
      break;
    case "finished":
    case "withdrawn":
      folding.end = entry.type;
      break;
    case "resumed":
      folding.sourcePlace = entry.sourcePlace ?? folding.sourcePlace;
      break;
    case "opened":
      break;
  }
}

/** A yes was said to a world that is gone with what was undone. */
function forget(folding: Folding, step: string, undone: VoidedApproval["undone"]): void {
  folding.satisfied.delete(step);
  const approval = folding.approvals.get(step);
  if (approval === undefined) return;
  folding.approvals.delete(step);
  folding.voided.set(step, { ...approval, undone });
}

/** A look has told what became of the action that was in doubt. */
function settle(folding: Folding, step: string): void {
  if (folding.inDoubt?.step === step) folding.inDoubt = undefined;
}
