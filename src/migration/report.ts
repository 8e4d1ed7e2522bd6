/** A run as its journal tells it: pure. */
import type { Finding } from "../core/finding.ts";
import { fold, type Checkpoint } from "../core/journal/checkpoint.ts";
import type { Entry } from "../core/journal/entry.ts";
import type { Plan } from "../core/plan/plan.ts";
import type { RunReport } from "./api.ts";

interface DeclaredStep {
  readonly id: string;
  readonly kind: string;
}

export function reportOf(
  entries: readonly Entry[],
  journal: string,
  plan: Pick<Plan, "steps"> | undefined,
  heldBy?: RunReport["heldBy"],
): RunReport {
  const checkpoint = fold(entries);
  if (checkpoint === undefined) throw new Error(`The journal ${journal} has no first entry.`);
  const steps = plan?.steps ?? declaredSteps(checkpoint);
  const frozen = frozenSince(steps, entries, checkpoint);
  return {
    run: checkpoint.run,
    plan: checkpoint.plan.name,
    digest: checkpoint.plan.digest,
    openedAt: checkpoint.openedAt,
    journal,
    state: checkpoint.end,
    steps: steps.map(({ id, kind }) => stepReport(id, kind, entries, checkpoint)),
    pointOfNoReturn: checkpoint.pointOfNoReturn,
    frozen,
    writesStoppedMs: writesStopped(steps, entries),
    inDoubt:
      checkpoint.inDoubt === undefined
        ? undefined
        : { step: checkpoint.inDoubt.step, action: checkpoint.inDoubt.action.summary },
    lastStop: lastStop(entries),
    silentSince:
      checkpoint.end === "open" && checkpoint.atRest === undefined && heldBy === undefined
        ? checkpoint.lastAt
        : undefined,
    next: nextCommand(
      checkpoint,
      entries,
      heldBy,
      frozen !== undefined && checkpoint.pointOfNoReturn === undefined,
    ),
    heldBy,
  };
}

function declaredSteps(checkpoint: Checkpoint): readonly DeclaredStep[] {
  const document = checkpoint.plan.document as { readonly steps?: readonly DeclaredStep[] };
  return document.steps ?? [];
}

function stepReport(
  id: string,
  kind: string,
  entries: readonly Entry[],
  checkpoint: Checkpoint,
): RunReport["steps"][number] {
  const proven = checkpoint.satisfied.get(id);
  return {
    id,
    kind,
    state: proven === undefined ? unprovenState(id, entries) : "satisfied",
    at: proven?.at,
    because: proven?.because,
    tookMs: durationOf(id, entries),
  };
}

function unprovenState(id: string, entries: readonly Entry[]): "begun" | "undone" | "not-reached" {
  const reached = entries.findLast((entry) => reaches(entry, id));
  if (reached === undefined) return "not-reached";
  const undone = entries.findLast((entry) => entry.type === "undone" && entry.forgets.includes(id));
  return undone !== undefined && undone.seq > reached.seq ? "undone" : "begun";
}

/** A comparison that blocks has no action, and an undo forgets what was proven. */
function reaches(entry: Entry, id: string): boolean {
  return (
    ["action-began", "satisfied", "stopped"].includes(entry.type) &&
    "step" in entry &&
    entry.step === id
  );
}

/**
 * Of the go that came to the proof: between two processes, or after an undo,
 * nobody worked. A step that did nothing has no beginning in the journal.
 */
function durationOf(id: string, entries: readonly Entry[]): number | undefined {
  const last = entries.findLast((entry) => entry.type === "action-ended" && entry.step === id);
  // A resume proves a standing step again: the first proof after the last action is its end.
  const ended = entries.find(
    (entry) => entry.type === "satisfied" && entry.step === id && entry.seq > (last?.seq ?? 0),
  );
  if (ended === undefined) return undefined;
  const before = entries.filter(({ seq }) => seq < ended.seq);
  const pause = before.findLast(
    (entry) => entry.type === "resumed" || (entry.type === "undone" && entry.step === id),
  );
  const began = before.find(
    (entry) => entry.type === "action-began" && entry.step === id && entry.seq > (pause?.seq ?? 0),
  );
  return began === undefined ? undefined : millisecondsBetween(began.at, ended.at);
}

/** Undefined where the clock was set back in between: how long it took is not known then. */
function millisecondsBetween(from: string, to: string): number | undefined {
  const ms = new Date(to).getTime() - new Date(from).getTime();
  return ms < 0 ? undefined : ms;
}

function frozenSince(
  steps: readonly DeclaredStep[],
  entries: readonly Entry[],
  checkpoint: Checkpoint,
): RunReport["frozen"] {
  const step = steps.find(
    ({ id, kind }) => kind === "source-frozen" && checkpoint.changed.includes(id),
  );
  if (step === undefined) return undefined;
  const began = lastFreeze(step.id, entries);
  return began === undefined ? undefined : { step: step.id, since: began.at };
}

/** The first action of the latest freeze: the one after which no undo came. */
function lastFreeze(id: string, entries: readonly Entry[]): Entry | undefined {
  const thawed = entries.findLastIndex((entry) => entry.type === "undone" && entry.step === id);
  return entries
    .slice(thawed + 1)
    .find((entry) => entry.type === "action-began" && entry.step === id);
}

function writesStopped(
  steps: readonly DeclaredStep[],
  entries: readonly Entry[],
): number | undefined {
  const frozen = steps.find(({ kind }) => kind === "source-frozen");
  const repointed = steps.findLast(({ kind }) => kind === "config-repointed");
  if (frozen === undefined || repointed === undefined) return undefined;
  const began = lastFreeze(frozen.id, entries);
  // A later resume looks again and journals it again: the first time is when writes could go on.
  const ended = entries.find(
    (entry) =>
      entry.type === "satisfied" && entry.step === repointed.id && entry.seq > (began?.seq ?? 0),
  );
  if (began === undefined || ended === undefined) return undefined;
  return millisecondsBetween(began.at, ended.at);
}

function lastStop(entries: readonly Entry[]): RunReport["lastStop"] {
  const stop = entries.findLast((entry) => entry.type === "stopped");
  const resumed = entries.findLast((entry) => entry.type === "resumed");
  if (stop?.type !== "stopped" || (resumed !== undefined && resumed.seq > stop.seq)) {
    return undefined;
  }
  const { ending, step, at, message, remedy, findings = [] } = stop;
  return { ending, step, at, message, remedy, findings: findings as readonly Finding[] };
}

function nextCommand(
  checkpoint: Checkpoint,
  entries: readonly Entry[],
  heldBy: RunReport["heldBy"],
  isFrozenForNothing: boolean,
): string {
  if (checkpoint.end === "finished") {
    return isFrozenForNothing
      ? "opensauced-migrate undo   (makes the source writable again)"
      : "opensauced-migrate verify";
  }
  if (checkpoint.end === "withdrawn") return "opensauced-migrate run";
  if (heldBy !== undefined) {
    return `nothing: process ${heldBy.pid} on ${heldBy.host} carries it right now`;
  }
  const stop = lastStop(entries);
  if (stop?.ending === "at-gate") {
    return `opensauced-migrate run --resume --approve ${stop.step ?? ""}`;
  }
  return "opensauced-migrate run --resume";
}
