/**
 * One table that was not the same on both sides while the source was written:
 * what is open about it, and what was found. Holds state and reads nothing.
 */
import { keyOf } from "../contents/buckets.ts";
import type { RowHash } from "../contents/row-hash.ts";
import type { TablePair } from "../contents/table-pair.ts";
import type { RowClass, Unchecked } from "../report.ts";
import type { TextRow } from "../side.ts";
import { judge, type Looks, type Seen, type Suspicion } from "./judge.ts";

interface Suspect {
  /** Undefined: all rows of a table without a key. */
  readonly key: TextRow | undefined;
  suspicion: Suspicion | undefined;
}

export interface Confirmed {
  readonly class: RowClass;
  readonly key: TextRow | undefined;
  readonly source: Seen;
  readonly target: Seen;
}

const wholeTable = "";

function rowClass(source: Seen, target: Seen): RowClass {
  if (target === undefined) return "missing";
  return source === undefined ? "extra" : "changed";
}

export class Chase {
  readonly pair: TablePair;
  readonly hash: RowHash;
  readonly sampled: boolean;
  readonly confirmed: Confirmed[] = [];
  /** Why nothing more can be told; what is open stays so. */
  failure: Unchecked | undefined;
  readonly #open = new Map<string, Suspect>();

  /** `keys` undefined: the table has none, and is looked at as a whole. */
  constructor(
    pair: TablePair,
    hash: RowHash,
    { keys, sampled }: { readonly keys: readonly TextRow[] | undefined; readonly sampled: boolean },
  ) {
    this.pair = pair;
    this.hash = hash;
    this.sampled = sampled;
    if (keys === undefined) this.#open.set(wholeTable, { key: undefined, suspicion: undefined });
    for (const key of keys ?? []) {
      this.#open.set(keyOf(key, pair.key), { key, suspicion: undefined });
    }
  }

  get whole(): boolean {
    return this.pair.key.length === 0;
  }

  /** Neither cleared nor confirmed. */
  get open(): number {
    return this.#open.size;
  }

  openKeys(): readonly TextRow[] {
    return [...this.#open.values()].flatMap(({ key }) => (key === undefined ? [] : [key]));
  }

  /** `seen` by the key's text; a table as a whole has one entry, whatever its name. */
  take(looks: {
    readonly before: ReadonlyMap<string, Seen>;
    readonly target: ReadonlyMap<string, Seen>;
    readonly after: ReadonlyMap<string, Seen>;
  }): void {
    for (const [name, suspect] of this.#open) {
      const one: Looks = {
        before: looks.before.get(name),
        target: looks.target.get(name),
        after: looks.after.get(name),
      };
      const judgement = judge(suspect.suspicion, one);
      if (judgement.is === "open") {
        suspect.suspicion = judgement.suspicion;
        continue;
      }
      this.#open.delete(name);
      if (judgement.is === "same") continue;
      const { source, target } = judgement;
      this.confirmed.push({ class: rowClass(source, target), key: suspect.key, source, target });
    }
  }
}

export { wholeTable };
