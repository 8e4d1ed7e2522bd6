/** How a run, or a step of it, came to its end; and errors told as endings. */
import { MigrationError, UnreadableError, UsageError } from "../core/errors.ts";
import type { Ending } from "../core/event.ts";
import type { EntryBody, KeptFinding } from "../core/journal/entry.ts";
import { blocking, type Finding } from "../core/finding.ts";

export interface Stop {
  readonly ending: Exclude<Ending, "finished" | "undone">;
  readonly step?: string;
  readonly message: string;
  readonly meaning?: string;
  readonly remedy?: string;
  readonly findings?: readonly Finding[];
}

/** What the journal keeps of a stop: `status` tells it again. */
export function stoppedEntry({ ending, step, message, remedy, findings }: Stop): EntryBody {
  return {
    type: "stopped",
    ending,
    message,
    ...(step === undefined ? {} : { step }),
    ...(remedy === undefined ? {} : { remedy }),
    ...(findings === undefined ? {} : { findings: blocking(findings).map(kept) }),
  };
}

function kept({ code, severity, message, objects, remedy }: Finding): KeptFinding {
  return {
    code,
    severity,
    message,
    ...(objects === undefined ? {} : { objects: [...objects] }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** Thrown inside the engine when a step cannot be satisfied; never leaves it. */
export class Stopped extends Error {
  readonly stop: Stop;

  constructor(stop: Stop) {
    super(stop.message);
    this.stop = stop;
  }
}

export function stopForFindings(step: string, findings: readonly Finding[]): Stop {
  const bad = blocking(findings);
  const known = bad.some((finding) => finding.severity === "blocks");
  return {
    ending: known ? "blocked" : "could-not-check",
    step,
    message: known
      ? `Step ${step} is blocked by ${count(bad.length, "finding")}.`
      : `Step ${step} could not be checked.`,
    findings,
  };
}

/** Undefined for anything that is not an error for people: a bug, to be thrown on. */
export function stopForError(step: string | undefined, error: unknown): Stop | undefined {
  if (!(error instanceof MigrationError) || error instanceof UsageError) return undefined;
  return {
    ending: error instanceof UnreadableError ? "could-not-check" : "failed",
    ...(step === undefined ? {} : { step }),
    message: error.message,
    ...(error.meaning === undefined ? {} : { meaning: error.meaning }),
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
  };
}

export function interrupted(step: string | undefined): Stop {
  if (step === undefined) return { ending: "interrupted", message: "Interrupted." };
  return { ending: "interrupted", step, message: `Interrupted in step ${step}.` };
}

/** What is not for people may hold anything, a password too: only ours is told. */
export function ownError(step: string | undefined, error: unknown): Stop {
  const where = step === undefined ? "" : ` in step ${step}`;
  return {
    ending: "failed",
    ...(step === undefined ? {} : { step }),
    message:
      error instanceof MigrationError ? error.message : `The tool met an error of its own${where}.`,
  };
}

function count(n: number, noun: string): string {
  return n === 1 ? `1 ${noun}` : `${n} ${noun}s`;
}
