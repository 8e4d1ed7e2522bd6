/**
 * What the notes of a freeze tell, for one database: which settings go back,
 * and which sessions are too old. Pure. A moment counts for one freeze or one
 * thaw only: between two freezes somebody may have thawed by hand, or a crash
 * kept the thaw out of the journal, and applications came back writable.
 */
import type { Note } from "../../core/step.ts";
import { latestFact } from "../facts.ts";
import type { ReadOnlySetting } from "./read-only.ts";

/** The names of this kind's notes, for one database. */
export const notes = {
  /** Noted before every refusal of writes. */
  before: (database: string) => `settings-before ${database}`,
  endedUpTo: (database: string) => `sessions-ended-up-to ${database}`,
  thawedUpTo: (database: string) => `thawed-sessions-up-to ${database}`,
} as const;

/** Sessions up to this moment began before writes were refused; undefined: no moment is known. */
export function freezeMoment(noted: readonly Note[], database: string): string | undefined {
  return momentOf(noted, database, notes.endedUpTo(database));
}

/** Sessions up to this moment began read-only. */
export function thawMoment(noted: readonly Note[], database: string): string | undefined {
  return momentOf(noted, database, notes.thawedUpTo(database));
}

function momentOf(noted: readonly Note[], database: string, wanted: string): string | undefined {
  const names = Object.values(notes).map((name) => name(database));
  const latest = noted.findLast(({ name }) => names.includes(name));
  return latest?.name === wanted && typeof latest.value === "string" ? latest.value : undefined;
}

/** The settings before the latest freeze; undefined: this run never froze the database. */
export function settingsBefore(
  noted: readonly Note[],
  database: string,
): readonly ReadOnlySetting[] | undefined {
  const value = latestFact(noted, notes.before(database));
  return value === undefined ? undefined : (value as unknown as readonly ReadOnlySetting[]);
}

/** The settings before a freeze that has not been thawed since. */
export function standingBefore(
  noted: readonly Note[],
  database: string,
): readonly ReadOnlySetting[] | undefined {
  return thawMoment(noted, database) === undefined ? settingsBefore(noted, database) : undefined;
}

/** Did the database take writes after that note, as far as the notes tell: thawed, or refused writes anew? */
export function reopenedAfter(noted: readonly Note[], database: string, note: Note): boolean {
  const names: readonly string[] = [notes.before(database), notes.thawedUpTo(database)];
  return noted.slice(noted.indexOf(note) + 1).some(({ name }) => names.includes(name));
}
