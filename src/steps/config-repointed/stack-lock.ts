/**
 * What to do about what a killed update of this run left of a stack: its lock,
 * which stays for ever (facts of pkg/backend/diy, 3.230), and operations that
 * are still open; applications may be waiting. Pure. Any other lock or
 * operation is a person's business.
 */
import type { Note } from "../../core/step.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { LockHolder, StackState } from "../../providers/pulumi/index.ts";

/** Noted before each update: `{host}`. */
export function updateBegan(step: string): string {
  return `pulumi-update-began ${step}`;
}

/** Undefined: there is no lock, or none that this run may say anything about. */
export function decideLock(
  { lock }: StackState,
  stack: string,
  { notes, step }: { readonly notes: readonly Note[]; readonly step: string },
): Verdict | undefined {
  if (lock.is !== "held") return undefined;
  const first = notes.find(({ name }) => name === updateBegan(step));
  if (first === undefined || !lock.holders.every((holder) => isOwn(holder, first))) {
    return undefined;
  }
  const who = lock.holders.map(({ pid }) => `process ${pid ?? "?"}`).join(", ");
  if (lock.holders.some((holder) => holder.process === "running")) {
    return {
      is: "waiting",
      for: "world",
      reason: `an update of stack ${stack} that this run began still runs (${who})`,
    };
  }
  return {
    is: "unmet",
    because: `an update of stack ${stack} that this run began was killed and left its lock behind`,
    actions: [
      {
        id: "remove-stale-lock",
        summary: `Remove the lock of stack ${stack} that ${who}, which is gone, left behind`,
        touches: "Pulumi",
      },
    ],
  };
}

/**
 * Without the changes of resources that a killed update of this run left open:
 * the state has them as they were before, so the next update makes them anew
 * and closes them (pkg/backend/snapshot.go carries only open creations over).
 * Of what was being created or deleted nobody knows whether it is there.
 */
export function withoutOwnChanges(
  state: StackState,
  { notes, step }: { readonly notes: readonly Note[]; readonly step: string },
): StackState {
  if (!notes.some(({ name }) => name === updateBegan(step))) return state;
  return { ...state, pending: state.pending.filter(({ type }) => type !== "updating") };
}

function isOwn(holder: LockHolder, began: Note): boolean {
  const host = (began.value as { readonly host?: unknown } | null)?.host;
  return (
    holder.process !== "unknown" &&
    holder.host === host &&
    holder.since !== undefined &&
    Date.parse(holder.since) >= Date.parse(began.at)
  );
}
