/**
 * How deep each read goes when there is a deadline: contents while they fit in,
 * counts for the rest. Pure but for what it remembers of the reads so far.
 *
 * Counts are taken of everything, beyond the deadline too: what is not counted
 * would be known less than a count costs.
 */
import type { SideLabel } from "../side.ts";
import type { TableSize } from "./layout.ts";
import type { Slice, Task } from "./tasks.ts";

export type ReadDepth = "contents" | "counts";

/** Of reading and hashing the same bytes of heap; TOAST is not read by count(*) at all. */
export const countingShare = 1 / 8;

/** What counting a byte of the table takes, hashing it being one. */
function countingCost({ blocks, blockSize, bytes }: TableSize): number {
  const whole = Number(bytes);
  return whole === 0 ? countingShare : countingShare * Math.min(1, (blocks * blockSize) / whole);
}

export interface DepthFacts {
  /** Milliseconds until the deadline; negative when it has passed. */
  readonly leftMs: number;
  /** What this side takes to read and hash, with all of its sessions together. */
  readonly msPerByte: number;
  /** What is left to begin of the tables that the read belongs to. */
  readonly bytes: number;
  /** Begun in other sessions, as they are read. */
  readonly underWay: number;
  /** What counting all else takes that is not begun, hashing a byte being one. */
  readonly counting: number;
}

/** A table of which a part was hashed and a part counted is only counted, so its whole rest must fit in. */
export function depthFor({ leftMs, msPerByte, bytes, underWay, counting }: DepthFacts): ReadDepth {
  const neededMs = msPerByte * (bytes + underWay + counting);
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

  side(label: SideLabel, tasks: readonly Task[]): SideDepths {
    return new SideDepths(label, tasks, {
      until: this.#until,
      now: this.#now,
      counted: this.#counted,
    });
  }
}

interface Shared {
  readonly until: number;
  readonly now: () => number;
  readonly counted: Set<string>;
}

/** Of a table: what is not begun of it. */
interface Left {
  bytes: number;
  counting: number;
}

export class SideDepths {
  readonly #label: SideLabel;
  readonly #shared: Shared;
  readonly #notBegun = new Set<Slice>();
  readonly #leftOf = new Map<string, Left>();
  /** Of all that is not begun. */
  #counting = 0;
  /** As hashing them would take. */
  #underWay = 0;
  #done = 0;
  #began: number | undefined;
  readonly #weights = new Map<Slice, number>();

  constructor(label: SideLabel, tasks: readonly Task[], shared: Shared) {
    this.#label = label;
    this.#shared = shared;
    for (const slice of tasks.flatMap(({ slices }) => slices)) {
      this.#notBegun.add(slice);
      this.#change(slice, 1);
    }
  }

  /** Right before the read. Asked again for a part of it that is tried anew. */
  begin({ slices }: Pick<Task, "slices">): ReadDepth {
    const { until, counted, now: clock } = this.#shared;
    const now = clock();
    this.#began ??= now;
    const tables = new Set(slices.map(({ pair }) => pair.table));
    const left = [...tables].flatMap((table) => this.#leftOf.get(table) ?? []);
    const depth = [...tables].every((table) => counted.has(table))
      ? "counts"
      : depthFor({
          leftMs: until - now,
          msPerByte: speedOf(now - this.#began, this.#done),
          bytes: left.reduce((sum, { bytes }) => sum + bytes, 0),
          underWay: this.#underWay,
          counting: left.reduce((rest, { counting }) => rest - counting, this.#counting),
        });
    if (depth === "counts") for (const table of tables) counted.add(table);
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
    this.#change(slice, -1);
    const weight = depth === "contents" ? slice.bytes : this.#countingOf(slice);
    this.#weights.set(slice, weight);
    this.#underWay += weight;
  }

  #change(slice: Slice, sign: 1 | -1): void {
    const { table } = slice.pair;
    const left = this.#leftOf.get(table) ?? { bytes: 0, counting: 0 };
    const counting = this.#countingOf(slice);
    left.bytes += sign * slice.bytes;
    left.counting += sign * counting;
    this.#leftOf.set(table, left);
    this.#counting += sign * counting;
  }

  #countingOf({ pair, bytes }: Slice): number {
    return bytes * countingCost(pair[this.#label]);
  }
}
