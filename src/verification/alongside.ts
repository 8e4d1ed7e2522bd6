/**
 * Reads two sides beside each other, name by name, so that neither need fit
 * into memory. Both come sorted by the bytes of the name.
 */
import { byBytes } from "./byte-order.ts";
import type { RowStream, TextRow } from "./side.ts";

export interface Alongside {
  readonly name: string;
  /** Rows of that name; none where the side does not have it. */
  readonly source: readonly TextRow[];
  readonly target: readonly TextRow[];
}

export type NameOf = (row: TextRow) => string;

const none: readonly TextRow[] = [];

/** One side, with its next name in sight. */
class Ahead {
  readonly #stream: RowStream;
  readonly #nameOf: NameOf;
  #rows: readonly TextRow[] = [];
  #at = 0;
  #hasEnded = false;
  #name: string | undefined;

  constructor(stream: RowStream, nameOf: NameOf) {
    this.#stream = stream;
    this.#nameOf = nameOf;
  }

  /** Of the next row; undefined at the end, and when `isDry`. */
  get name(): string | undefined {
    return this.#name;
  }

  /** Whether the next row must be read from the server first. */
  get isDry(): boolean {
    return !this.#hasEnded && this.#at >= this.#rows.length;
  }

  async fill(): Promise<void> {
    if (!this.isDry) return;
    const last = this.#rows.at(-1);
    this.#rows = await this.#stream.next();
    this.#at = 0;
    this.#hasEnded = this.#rows.length === 0;
    this.#see(last === undefined ? undefined : this.#nameOf(last));
  }

  /** The rows of `name`, as far as they have been read. */
  take(name: string): readonly TextRow[] {
    if (this.#name !== name) return none;
    const first = this.#at++;
    this.#see(name);
    while (this.#name === name) {
      this.#at++;
      this.#see(name);
    }
    return this.#rows.slice(first, this.#at);
  }

  /** A row out of order would look missing here and extra there. */
  #see(before: string | undefined): void {
    const row = this.#rows[this.#at];
    const next = row === undefined ? undefined : this.#nameOf(row);
    if (next !== undefined && before !== undefined && byBytes(before, next) > 0) {
      throw new RangeError("the server's order of names is not that of their bytes");
    }
    this.#name = next;
  }
}

function first(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return byBytes(a, b) <= 0 ? a : b;
}

/** Calls `each` in the order of the names. Throws what the reads throw, and what it throws. */
export async function alongside(
  streams: { readonly source: RowStream; readonly target: RowStream },
  nameOf: NameOf,
  each: (rows: Alongside) => void,
): Promise<void> {
  const source = new Ahead(streams.source, nameOf);
  const target = new Ahead(streams.target, nameOf);
  const fill = async (): Promise<void> => {
    await Promise.all([source.fill(), target.fill()]);
  };
  await fill();
  for (;;) {
    const name = first(source.name, target.name);
    if (name === undefined) return;
    let [ours, theirs] = [source.take(name), target.take(name)];
    // The rows of a name may go on in the next part, of both at once: it is one round trip then.
    while (source.isDry || target.isDry) {
      // oxlint-disable-next-line no-await-in-loop -- a part after the other
      await fill();
      ours = ours.concat(source.take(name));
      theirs = theirs.concat(target.take(name));
    }
    each({ name, source: ours, target: theirs });
  }
}
