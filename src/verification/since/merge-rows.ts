/**
 * Two streams of rows in the same order, walked together: what only one of them
 * has, and what both have differently. Holds no more than the rows at hand.
 */
import { byBytes } from "../byte-order.ts";
import type { TextRow } from "../side.ts";

export interface Met {
  readonly class: "missing" | "extra" | "changed";
  /** The source's; the target's where only it has one. */
  readonly row: TextRow;
}

type Rows = AsyncIterable<readonly TextRow[]>;

/** One row at a time of a stream that comes in parts. */
class Reading {
  readonly #parts: AsyncIterator<readonly TextRow[]>;
  #part: readonly TextRow[] = [];
  #at = 0;

  constructor(rows: Rows) {
    this.#parts = rows[Symbol.asyncIterator]();
  }

  get row(): TextRow | undefined {
    return this.#part[this.#at];
  }

  /** Undefined: nothing has to be waited for. */
  next(): Promise<void> | undefined {
    this.#at++;
    return this.#at < this.#part.length ? undefined : this.refill();
  }

  async refill(): Promise<void> {
    const { value, done } = await this.#parts.next();
    this.#part = done === true ? [] : value;
    this.#at = 0;
  }

  async end(): Promise<void> {
    await this.#parts.return?.();
  }
}

function inOrder(one: TextRow, other: TextRow, names: readonly string[]): number {
  for (const name of names) {
    const order = byBytes(one[name] ?? "", other[name] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

/**
 * `names`: the columns of the order; `hash` tells whether rows of the same place
 * are the same. Rows that are the same several times are met one by one.
 */
export async function* mergeRows(
  source: Rows,
  target: Rows,
  names: readonly string[],
): AsyncGenerator<Met, void, void> {
  const [ours, theirs] = [new Reading(source), new Reading(target)];
  try {
    await Promise.all([ours.refill(), theirs.refill()]);
    for (;;) {
      const [row, other] = [ours.row, theirs.row];
      if (row === undefined && other === undefined) return;
      const order = row === undefined ? 1 : other === undefined ? -1 : inOrder(row, other, names);
      if (order < 0 && row !== undefined) yield { class: "missing", row };
      if (order > 0 && other !== undefined) yield { class: "extra", row: other };
      if (order === 0 && row !== undefined && row["hash"] !== other?.["hash"]) {
        yield { class: "changed", row };
      }
      const refills = [
        order <= 0 ? ours.next() : undefined,
        order >= 0 ? theirs.next() : undefined,
      ];
      // oxlint-disable-next-line no-await-in-loop -- in order
      await Promise.all(refills.filter((refill) => refill !== undefined));
    }
  } finally {
    await Promise.all([ours.end(), theirs.end()]);
  }
}
