/**
 * Carries a run forward over its steps, and says how it ended. However it
 * stops, a stop before the point of no return is made safe first.
 */
import { UsageError } from "../core/errors.ts";
import type { Ending } from "../core/event.ts";
import type { Step } from "../core/step.ts";
import { announcePointOfNoReturn } from "./act.ts";
import { emergencyJournal } from "./emergency-journal.ts";
import { interrupted, ownError, Stopped, stoppedEntry, stopForError, type Stop } from "./ending.ts";
import { lookAgain, lookBeforeOutage } from "./last-look.ts";
import { keptProof } from "./kept.ts";
import type { CarryOptions, EnginePorts } from "./ports.ts";
import { pursue } from "./pursue.ts";
import { RunRecord } from "./run-record.ts";
import { leftFrozen, makeSafe } from "./safety.ts";

export interface Outcome {
  readonly ending: Ending;
  readonly stop: Stop | undefined;
}

/** Throws a UsageError for an unknown `until`, and what a bug threw; nothing else. */
export async function carry(ports: EnginePorts, options: CarryOptions): Promise<Outcome> {
  const { until, steps } = options;
  if (until !== undefined && !steps.some((step) => step.id === until))
    throw noSuchStep(until, steps);
  const record = new RunRecord(ports);
  const began = ports.clock.elapsed();
  const { stop, bug } = await forward(record, options);
  if (stop === undefined) {
    record.emitEnd(began, {
      ending: "finished",
      message: "Every step is satisfied.",
      ...leftFrozen(record, steps),
    });
    return { ending: "finished", stop: undefined };
  }
  const journal = emergencyJournal(ports.journal, () => ports.clock.now());
  const safe = new RunRecord({ ...ports, journal });
  const { told, bug: bugInUndo } = await makeSafe(safe, journal, steps, stop);
  await safe.append(stoppedEntry(told));
  safe.emitEnd(began, told);
  const thrown = bug ?? bugInUndo;
  if (thrown !== undefined) throw thrown;
  return { ending: told.ending, stop: told };
}

interface Forward {
  /** Undefined when every step is satisfied. */
  readonly stop: Stop | undefined;
  /** What was thrown that no stop can tell. */
  readonly bug?: unknown;
}

async function forward(record: RunRecord, options: CarryOptions): Promise<Forward> {
  let at: string | undefined;
  try {
    await options.confirmTarget?.(options.signal);
    for (const step of options.steps) {
      at = step.id;
      if (options.signal.aborted) return { stop: interrupted(at) };
      await satisfy(record, step, options);
      if (options.until === at && step !== options.steps.at(-1)) return { stop: stoppedAfter(at) };
    }
    await record.append({ type: "finished" });
    return { stop: undefined };
  } catch (error) {
    if (error instanceof Stopped) return { stop: error.stop };
    if (options.signal.aborted && at === undefined) return { stop: interrupted(at) };
    const told = stopForError(at, error);
    return told === undefined ? { stop: ownError(at, error), bug: error } : { stop: told };
  }
}

async function satisfy(record: RunRecord, step: Step, options: CarryOptions): Promise<void> {
  const { clock, emit } = record.ports;
  const kept = keptProof(record.checkpoint, step, options.steps);
  if (kept !== undefined) {
    emit({ type: "step-kept", step: step.id, at: kept.at, because: kept.because });
    return;
  }
  emit({ type: "step-entered", step: step.id, kind: step.kind });
  const at = options.steps.indexOf(step);
  const began = clock.elapsed();
  const verdict = await pursue({
    record,
    step,
    direction: "forward",
    signal: options.signal,
    deadline: began + step.deadlineMs,
    deadlineMs: step.deadlineMs,
    moments: new Map(),
    beforeCrossing: () => lookAgain(record, options.steps.slice(0, at), options.signal),
    beforeOutage: () => lookBeforeOutage(record, options.steps.slice(0, at), options.signal),
  });
  const { because, warnings, facts, notes = {} } = verdict;
  if (verdict.pastPointOfNoReturn === true) {
    // Somebody else may have led applications to the target: no thaw may follow.
    await announcePointOfNoReturn(record, step.id, {
      id: "found-so",
      summary: `Go on from what was found: ${because}`,
      touches: "journal",
    });
  }
  if (warnings !== undefined && warnings.length > 0) {
    emit({ type: "warned", step: step.id, findings: warnings });
  }
  for (const [name, value] of Object.entries(notes)) {
    // oxlint-disable-next-line no-await-in-loop -- the journal is written in order
    await record.append({ type: "note", step: step.id, name, value });
  }
  await record.append({ type: "satisfied", step: step.id, because });
  emit({
    type: "step-satisfied",
    step: step.id,
    because,
    tookMs: clock.elapsed() - began,
    ...(facts === undefined ? {} : { facts }),
  });
}

function stoppedAfter(step: string): Stop {
  return {
    ending: "until",
    step,
    message: `Stopped after step ${step}, as asked.`,
    remedy: "opensauced-migrate run --resume",
  };
}

function noSuchStep(id: string, steps: readonly Step[]): UsageError {
  return new UsageError({
    message: `The plan has no step ${id} to stop after.`,
    meaning: "Nothing was looked at or changed.",
    remedy: `Its steps are ${steps.map((step) => step.id).join(", ")}.`,
  });
}
