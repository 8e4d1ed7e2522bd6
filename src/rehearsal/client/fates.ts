/** What each row must hold after the writes of a record. Pure. */
import type { Write, WrittenTable } from "./record.ts";

/** What may stand in a row at the end. */
export interface Fate {
  /** Number of the last acknowledged write; undefined after an acknowledged delete, or when none was. */
  readonly value: number | undefined;
  /** An insert or update was acknowledged last. */
  readonly present: boolean;
  /** Writes since then whose outcome is unknown; `undefined` stands for a delete. */
  readonly orElse: readonly (number | undefined)[];
}

/** By table, then by key. */
export type Fates = ReadonlyMap<WrittenTable, ReadonlyMap<number, Fate>>;

/** One for all of them: there may be a million. */
const certain: Fate["orElse"] = [];
const unknown: Fate = { value: undefined, present: false, orElse: certain };

export class FateTracker {
  readonly #fates = new Map<WrittenTable, Map<number, Fate>>();

  get fates(): Fates {
    return this.#fates;
  }

  acknowledged(write: Write): void {
    const present = write.does !== "delete";
    this.#of(write).set(write.key, {
      value: present ? write.n : undefined,
      present,
      orElse: certain,
    });
  }

  inDoubt(write: Write): void {
    const rows = this.#of(write);
    const before = rows.get(write.key) ?? unknown;
    const left = write.does === "delete" ? undefined : write.n;
    rows.set(write.key, { ...before, orElse: [...before.orElse, left] });
  }

  #of(write: Write): Map<number, Fate> {
    const known = this.#fates.get(write.table);
    if (known !== undefined) return known;
    const rows = new Map<number, Fate>();
    this.#fates.set(write.table, rows);
    return rows;
  }
}
