/** Takes back everything that a run changed; the run is over afterwards. */
import { interrupted, ownError, stoppedEntry, stopForError, type Stop } from "./ending.ts";
import type { Outcome } from "./carry.ts";
import type { CarryOptions, EnginePorts } from "./ports.ts";
import { RunRecord } from "./run-record.ts";
import { mustNotStay, stillFrozen } from "./safety.ts";
import { undoSteps } from "./undo.ts";

export async function withdraw(ports: EnginePorts, options: CarryOptions): Promise<Outcome> {
  const record = new RunRecord(ports);
  const began = ports.clock.elapsed();
  const refused = refusal(record);
  if (refused !== undefined) {
    record.emitEnd(began, refused);
    return { ending: refused.ending, stop: refused };
  }
  const unconfirmed = await withoutTarget(record, options, began);
  if (unconfirmed !== undefined) return unconfirmed;
  const changed = options.steps.filter((step) => record.checkpoint.changed.includes(step.id));
  const { failed, bug } = options.signal.aborted
    ? { failed: interrupted(changed.at(-1)?.id), bug: undefined }
    : await undoSteps(record, changed, "asked for", options.signal);
  if (failed !== undefined) return notWithdrawn(record, options, began, failed, bug);
  await record.append({ type: "withdrawn" });
  record.emitEnd(began, {
    ending: "undone",
    message: `Every change of run ${record.checkpoint.run} is undone.`,
    meaning: "The source is writable and holds all data.",
  });
  return { ending: "undone", stop: undefined };
}

/** Undefined when the target is confirmed. Otherwise only what must not stay is undone. */
async function withoutTarget(
  record: RunRecord,
  options: CarryOptions,
  began: number,
): Promise<Outcome | undefined> {
  try {
    await options.confirmTarget?.(options.signal);
    return undefined;
  } catch (error) {
    if (options.signal.aborted) return undefined;
    const told = stopForError(undefined, error);
    const stop = told ?? ownError(undefined, error);
    const because = "the target could not be confirmed";
    const unsafe = mustNotStay(record, options.steps);
    const { failed, bug } = await undoSteps(record, unsafe, because, options.signal);
    const thawed =
      unsafe.length === 0 ? "" : " The freeze was undone: the source is writable again.";
    const meaning = `${stop.meaning ?? ""}${thawed} What this run changed elsewhere stays.`.trim();
    const thrown = told === undefined ? error : bug;
    return notWithdrawn(record, options, began, failed ?? { ...stop, meaning }, thrown);
  }
}

async function notWithdrawn(
  record: RunRecord,
  options: CarryOptions,
  began: number,
  failed: Stop,
  bug: unknown,
): Promise<Outcome> {
  const frozen = mustNotStay(record, options.steps).length > 0;
  const stop: Stop = {
    ...failed,
    ...(frozen ? stillFrozen(failed, failed.meaning) : { remedy: "opensauced-migrate undo" }),
  };
  await record.append(stoppedEntry(stop));
  record.emitEnd(began, stop);
  if (bug !== undefined) throw bug;
  return { ending: stop.ending, stop };
}

function refusal(record: RunRecord): Stop | undefined {
  const { pointOfNoReturn } = record.checkpoint;
  if (pointOfNoReturn === undefined) return undefined;
  return {
    ending: "blocked",
    step: pointOfNoReturn.step,
    message: `Not undone: the run passed its point of no return in step ${pointOfNoReturn.step} at ${pointOfNoReturn.at}.`,
    meaning:
      "Writes may have reached the target that the source does not have. Going back would lose them.",
    remedy: "opensauced-migrate run --resume",
  };
}
