/**
 * What to do about a stack's lock once an update of this run has begun: a
 * killed one leaves its lock behind for ever (facts of pkg/backend/diy, 3.230),
 * and applications may be waiting. Pure. Any other lock is a person's business.
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

function isOwn(holder: LockHolder, began: Note): boolean {
  const host = (began.value as { readonly host?: unknown } | null)?.host;
  return (
    holder.process !== "unknown" &&
    holder.host === host &&
    holder.since !== undefined &&
    Date.parse(holder.since) >= Date.parse(began.at)
  );
}
