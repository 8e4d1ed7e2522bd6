/**
 * The journal while a run is made safe: entries go to the real one for as long
 * as it takes them, and stay in memory after that. Thawing the source matters
 * more than recording it, and the next look finds what was done.
 */
import type { Entry, EntryBody } from "../core/journal/entry.ts";
import type { Journal } from "../core/journal/journal.ts";

export interface EmergencyJournal extends Journal {
  /** Why entries were kept in memory only; undefined while all were written. */
  readonly failure: unknown;
}

export function emergencyJournal(journal: Journal, now: () => Date): EmergencyJournal {
  const kept: Entry[] = [];
  let failure: unknown;
  return {
    run: journal.run,
    place: journal.place,
    get entries() {
      return [...journal.entries, ...kept];
    },
    get failure() {
      return failure;
    },
    append: async (body: EntryBody) => {
      if (failure === undefined) {
        try {
          await journal.append(body);
          return;
        } catch (error) {
          failure = error;
        }
      }
      const seq = journal.entries.length + kept.length + 1;
      kept.push({ seq, at: now().toISOString(), ...body });
    },
    close: () => journal.close(),
  };
}

export function unrecorded(journal: EmergencyJournal): string | undefined {
  if (journal.failure === undefined) return undefined;
  return "That it was undone could not be journaled; a resume will find it by looking.";
}
