/**
 * How deep each read goes when there is a deadline: contents while they fit in,
 * counts for the rest. Pure but for what it remembers of the reads so far.
 *
 * Counts are taken of everything, beyond the deadline too: what is not counted
 * would be known less than a count costs.
 */
import type { Slice, Task } from "./tasks.ts";

export type ReadDepth = "contents" | "counts";

/** Of reading and hashing the same rows; count(*) reads fewer columns, and no TOAST. */
export const countingShare = 1 / 8;

export interface DepthFacts {
  /** Milliseconds until the deadline; negative when it has passed. */
  readonly leftMs: number;
  /** What this side takes to read and hash, with all of its sessions together. */
  readonly msPerByte: number;
  /** What is left to begin of the tables that the read belongs to. */
  readonly bytes: number;
  /** Begun in other sessions, as they are read. */
  readonly underWay: number;
  /** Not begun: to be counted at least. */
  readonly others: number;
}

/** A table of which a part was hashed and a part counted is only counted, so its whole rest must fit in. */
export function depthFor({ leftMs, msPerByte, bytes, underWay, others }: DepthFacts): ReadDepth {
  const neededMs = msPerByte * (bytes + underWay + countingShare * others);
  return leftMs > 0 && neededMs <= leftMs ? "contents" : "counts";
}

/** A cautious guess, 100 MB/s, that weighs as much as so many bytes: the first tables are too small to tell. */
const guessed = { msPerByte: 1 / 100_000, bytes: 8 * 1024 * 1024 };

export function speedOf(elapsedMs: number, hashedBytes: number): number {
  return (elapsedMs + guessed.msPerByte * guessed.bytes) / (hashedBytes + guessed.bytes);
}

/** Of both sides: what one only counts, the other need not hash. */
export class Depths {
  readonly #until: number;
  readonly #now: () => number;
  readonly #counted = new Set<string>();

  /** Milliseconds, both by the same clock. */
  constructor(until: number, now: () => number) {
    this.#until = until;
    this.#now = now;
  }

  side(tasks: readonly Task[]): SideDepths {
    return new SideDepths(tasks, this.#until, this.#now, this.#counted);
  }
}

export class SideDepths {
  readonly #until: number;
  readonly #now: () => number;
  readonly #counted: Set<string>;
  readonly #notBegun = new Set<Slice>();
  /** Of what is not begun. */
  readonly #bytesOf = new Map<string, number>();
  #bytes = 0;
  /** As hashing them would take. */
  #underWay = 0;
  #done = 0;
  #began: number | undefined;
  readonly #weights = new Map<Slice, number>();

  constructor(tasks: readonly Task[], until: number, now: () => number, counted: Set<string>) {
    this.#until = until;
    this.#now = now;
    this.#counted = counted;
    for (const slice of tasks.flatMap(({ slices }) => slices)) {
      const { table } = slice.pair;
      this.#notBegun.add(slice);
      this.#bytes += slice.bytes;
      this.#bytesOf.set(table, (this.#bytesOf.get(table) ?? 0) + slice.bytes);
    }
  }

  /** Right before the read. Asked again for a part of it that is tried anew. */
  begin({ slices }: Pick<Task, "slices">): ReadDepth {
    const now = this.#now();
    this.#began ??= now;
    const tables = new Set(slices.map(({ pair }) => pair.table));
    const bytes = [...tables].reduce((sum, table) => sum + (this.#bytesOf.get(table) ?? 0), 0);
    const depth = [...tables].every((table) => this.#counted.has(table))
      ? "counts"
      : depthFor({
          leftMs: this.#until - now,
          msPerByte: speedOf(now - this.#began, this.#done),
          bytes,
          underWay: this.#underWay,
          others: this.#bytes - bytes,
        });
    if (depth === "counts") for (const table of tables) this.#counted.add(table);
    for (const slice of slices) this.#start(slice, depth);
    return depth;
  }

  end({ slices }: Pick<Task, "slices">): void {
    for (const slice of slices) {
      const weight = this.#weights.get(slice) ?? 0;
      this.#weights.delete(slice);
      this.#underWay -= weight;
      this.#done += weight;
    }
  }

  #start(slice: Slice, depth: ReadDepth): void {
    if (!this.#notBegun.delete(slice)) return;
    const { table } = slice.pair;
    this.#bytes -= slice.bytes;
    this.#bytesOf.set(table, (this.#bytesOf.get(table) ?? 0) - slice.bytes);
    const weight = depth === "contents" ? slice.bytes : slice.bytes * countingShare;
    this.#weights.set(slice, weight);
    this.#underWay += weight;
  }
}
