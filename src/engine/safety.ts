/**
 * A stop before the point of no return must not leave the source frozen: what
 * must not outlive a stop is undone, and the person is told how the data is left.
 */
import type { Step } from "../core/step.ts";
import type { Stop } from "./ending.ts";
import { unrecorded, type EmergencyJournal } from "./emergency-journal.ts";
import type { RunRecord } from "./run-record.ts";
import { undoSteps } from "./undo.ts";

const resume = "opensauced-migrate run --resume";

export interface MadeSafe {
  readonly told: Stop;
  /** An error of the tool itself that the undo met. */
  readonly bug: unknown;
}

/** `record` is on an emergency journal: a full disk is no reason to stay frozen. */
export async function makeSafe(
  record: RunRecord,
  journal: EmergencyJournal,
  steps: readonly Step[],
  stop: Stop,
): Promise<MadeSafe> {
  const { pointOfNoReturn } = record.checkpoint;
  const remedy = stop.remedy ?? resume;
  if (pointOfNoReturn !== undefined) {
    const passed = `The point of no return was passed in step ${pointOfNoReturn.step}: writes may be on the target, and the source stays frozen. From here the run only goes forward.`;
    return { told: { ...stop, meaning: sentences(stop.meaning, passed), remedy }, bug: undefined };
  }
  const unsafe = mustNotStay(record, steps);
  if (unsafe.length === 0) {
    const meaning = sentences(stop.meaning, "The source is writable.");
    return { told: { ...stop, meaning, remedy }, bug: undefined };
  }
  if (stop.ending === "until") return { told: standing(stop, unsafe), bug: undefined };
  const because = "the run stopped before the point of no return";
  const { failed, bug } = await undoSteps(record, unsafe, because);
  const notWritten = unrecorded(journal);
  if (failed === undefined) {
    const meaning = "The freeze was undone: the source is writable again.";
    return {
      told: { ...stop, meaning: sentences(stop.meaning, meaning, notWritten), remedy },
      bug,
    };
  }
  return { told: { ...stop, ...stillFrozen(failed, stop.meaning) }, bug };
}

/** The steps whose change a stop must not leave behind, as far as the journal tells. */
export function mustNotStay(record: RunRecord, steps: readonly Step[]): readonly Step[] {
  const { changed } = record.checkpoint;
  return steps.filter((step) => step.undoneOnStop && changed.includes(step.id));
}

export function stillFrozen(failed: Stop, meaning?: string): Pick<Stop, "meaning" | "remedy"> {
  const loud = `THE SOURCE MAY STILL BE FROZEN: undoing step ${failed.step ?? "?"} failed: ${failed.message}`;
  return { meaning: sentences(meaning, loud), remedy: "opensauced-migrate undo" };
}

/** A plan may end behind its freeze and before the point of no return: nobody would thaw the source. */
export function leftFrozen(
  record: RunRecord,
  steps: readonly Step[],
): Pick<Stop, "meaning" | "remedy"> {
  if (record.checkpoint.pointOfNoReturn !== undefined) return {};
  const frozen = mustNotStay(record, steps);
  if (frozen.length === 0) return {};
  return {
    meaning: `The plan ends here, before its point of no return: step ${frozen.map(({ id }) => id).join(", ")} stands, the source is FROZEN and applications cannot write anywhere.`,
    remedy: "opensauced-migrate undo   (makes the source writable again, and takes back the run)",
  };
}

function standing(stop: Stop, unsafe: readonly Step[]): Stop {
  const ids = unsafe.map((step) => step.id).join(", ");
  return {
    ...stop,
    meaning: `Step ${ids} stands: the source is FROZEN and applications cannot write.`,
    remedy: `${stop.remedy ?? resume} goes on; opensauced-migrate undo allows writes again`,
  };
}

function sentences(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(" ");
}
