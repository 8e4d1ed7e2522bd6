/**
 * Carries a run forward over its steps, and says how it ended. When it stops
 * before the point of no return, what must not stay (the freeze) is undone at
 * once.
 */
import type { Ending } from "../core/event.ts";
import type { Step } from "../core/step.ts";
import { interrupted, Stopped, type Stop } from "./ending.ts";
import type { CarryOptions, EnginePorts } from "./ports.ts";
import { pursue } from "./pursue.ts";
import { RunRecord } from "./run-record.ts";
import { undoSteps } from "./undo.ts";

export interface Outcome {
  readonly ending: Ending;
  readonly stop: Stop | undefined;
}

export async function carry(ports: EnginePorts, options: CarryOptions): Promise<Outcome> {
  const record = new RunRecord(ports);
  const began = ports.clock.elapsed();
  const stop = await forward(record, options);
  if (stop === undefined) {
    await record.append({ type: "finished" });
    emitEnd(record, began, { ending: "finished", message: "Every step is satisfied." });
    return { ending: "finished", stop: undefined };
  }
  const told = await makeSafe(record, options.steps, stop);
  await record.append({
    type: "stopped",
    ending: told.ending,
    message: told.message,
    ...(told.step === undefined ? {} : { step: told.step }),
  });
  emitEnd(record, began, told);
  return { ending: told.ending, stop: told };
}

/** Undefined when every step is satisfied. */
async function forward(record: RunRecord, options: CarryOptions): Promise<Stop | undefined> {
  for (const step of options.steps) {
    try {
      if (options.signal.aborted) throw new Stopped(interrupted(step.id));
      await satisfy(record, step, options.signal);
    } catch (error) {
      if (error instanceof Stopped) return error.stop;
      await thawBeforeBug(record, options.steps);
      throw error;
    }
    if (options.until === step.id && step !== options.steps.at(-1)) {
      return {
        ending: "until",
        step: step.id,
        message: `Stopped after step ${step.id}, as asked.`,
        remedy: "opensauced-migrate run --resume",
      };
    }
  }
  return undefined;
}

async function satisfy(record: RunRecord, step: Step, signal: AbortSignal): Promise<void> {
  const { clock, emit } = record.ports;
  const proven = record.checkpoint.satisfied.get(step.id);
  if (proven !== undefined && step.proof === "moment") {
    emit({ type: "step-kept", step: step.id, at: proven.at, because: proven.because });
    return;
  }
  emit({ type: "step-entered", step: step.id, kind: step.kind });
  const began = clock.elapsed();
  const verdict = await pursue({
    record,
    step,
    direction: "forward",
    signal,
    deadline: began + step.deadlineMs,
    deadlineMs: step.deadlineMs,
  });
  const { because, warnings, facts } = verdict;
  if (warnings !== undefined && warnings.length > 0) {
    emit({ type: "warned", step: step.id, findings: warnings });
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

/** Undoes what must not outlive a stop, and tells what state the data is left in. */
async function makeSafe(record: RunRecord, steps: readonly Step[], stop: Stop): Promise<Stop> {
  const { pointOfNoReturn, changed } = record.checkpoint;
  if (pointOfNoReturn !== undefined) {
    return {
      ...stop,
      meaning: sentences(
        stop.meaning,
        `The point of no return was passed in step ${pointOfNoReturn.step}: writes may be on the target, and the source stays frozen. From here the run only goes forward.`,
      ),
      remedy: stop.remedy ?? "opensauced-migrate run --resume",
    };
  }
  const unsafe = steps.filter((step) => step.undoneOnStop && changed.includes(step.id));
  const resume = stop.remedy ?? "opensauced-migrate run --resume";
  if (unsafe.length === 0) {
    return { ...stop, meaning: sentences(stop.meaning, "The source is writable."), remedy: resume };
  }
  if (stop.ending === "until") {
    return {
      ...stop,
      meaning: `Step ${unsafe.map((step) => step.id).join(", ")} stands: the source is FROZEN and applications cannot write.`,
      remedy: `${resume} goes on; opensauced-migrate undo allows writes again`,
    };
  }
  const failed = await undoSteps(record, unsafe, "the run stopped before the point of no return");
  if (failed === undefined) {
    return {
      ...stop,
      meaning: sentences(stop.meaning, "The freeze was undone: the source is writable again."),
      remedy: resume,
    };
  }
  return {
    ...stop,
    meaning: sentences(
      stop.meaning,
      `THE SOURCE MAY STILL BE FROZEN: undoing step ${failed.step ?? "?"} failed: ${failed.message}`,
    ),
    remedy: "opensauced-migrate undo",
  };
}

/** Even a bug of ours must not leave the source frozen. */
async function thawBeforeBug(record: RunRecord, steps: readonly Step[]): Promise<void> {
  if (record.checkpoint.pointOfNoReturn !== undefined) return;
  const unsafe = steps.filter(
    (step) => step.undoneOnStop && record.checkpoint.changed.includes(step.id),
  );
  await undoSteps(record, unsafe, "the tool met an error of its own").catch(() => undefined);
}

function emitEnd(
  record: RunRecord,
  began: number,
  end: Omit<Stop, "ending"> & { readonly ending: Ending },
): void {
  const { ports, checkpoint } = record;
  ports.emit({
    type: "run-stopped",
    run: checkpoint.run,
    ...end,
    pastPointOfNoReturn: checkpoint.pointOfNoReturn !== undefined,
    tookMs: ports.clock.elapsed() - began,
  });
}

function sentences(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(" ");
}
