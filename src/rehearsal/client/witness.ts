/**
 * What a record proves: how many writes were acknowledged, when none was, and
 * what each row must hold at the end. Pure but for taking the entries in one
 * after the other, so that a million of them need no list.
 */
import type { Entry, Write, WrittenTable } from "./record.ts";

export interface CountedError {
  /** `25006 cannot execute INSERT in a read-only transaction`. */
  readonly error: string;
  readonly count: number;
}

/** From the last acknowledged write before to the first one after. */
export interface Outage {
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly ms: number;
  /** False: the record ends before a write was acknowledged again. */
  readonly ended: boolean;
  readonly errors: readonly CountedError[];
}

/** What may stand in a row at the end. */
export interface Fate {
  /** Number of the last acknowledged write; undefined after an acknowledged delete, or when none was. */
  readonly value: number | undefined;
  /** An insert or update was acknowledged last. */
  readonly present: boolean;
  /** Writes since then whose outcome is unknown; `undefined` stands for a delete. */
  readonly orElse: readonly (number | undefined)[];
}

export interface Testimony {
  readonly acknowledged: number;
  readonly failed: number;
  readonly errors: readonly CountedError[];
  /** Undefined when fewer than two writes were acknowledged and none failed after. */
  readonly longest: Outage | undefined;
  /** Those of at least `outageMs`, in order of time. */
  readonly outages: readonly Outage[];
  /** Who took the writes, in the order of their first one. */
  readonly servers: readonly {
    readonly server: string;
    readonly acknowledged: number;
    readonly firstMs: number;
    readonly lastMs: number;
  }[];
  /** By table, then by key. */
  readonly fates: ReadonlyMap<WrittenTable, ReadonlyMap<number, Fate>>;
}

type Histogram = Map<string, number>;

function counted(histogram: Histogram): readonly CountedError[] {
  return [...histogram]
    .map(([error, count]) => ({ error, count }))
    .toSorted((a, b) => b.count - a.count || a.error.localeCompare(b.error));
}

function count(histogram: Histogram, error: string): void {
  histogram.set(error, (histogram.get(error) ?? 0) + 1);
}

/** One for all of them: there may be a million. */
const certain: Fate["orElse"] = [];

function afterAcknowledged(write: Write): Fate {
  const present = write.does !== "delete";
  return { value: present ? write.n : undefined, present, orElse: certain };
}

function afterDoubt(before: Fate | undefined, write: Write): Fate {
  const known = before ?? { value: undefined, present: false, orElse: certain };
  return { ...known, orElse: [...known.orElse, write.does === "delete" ? undefined : write.n] };
}

export interface Witness {
  take(entry: Entry): void;
  testimony(): Testimony;
}

/** `outageMs`: shorter gaps are the pace of the client, not an outage. */
export function newWitness(outageMs: number): Witness {
  const fates = new Map<WrittenTable, Map<number, Fate>>();
  const errors: Histogram = new Map();
  const servers = new Map<string, { acknowledged: number; firstMs: number; lastMs: number }>();
  const outages: Outage[] = [];
  let within: Histogram = new Map();
  let longest: Outage | undefined;
  let lastMs: number | undefined;
  let acknowledged = 0;
  let failed = 0;
  let failedSinceMs: number | undefined;

  const fateOf = (write: Write, change: (before: Fate | undefined) => Fate): void => {
    let rows = fates.get(write.table);
    if (rows === undefined) fates.set(write.table, (rows = new Map()));
    rows.set(write.key, change(rows.get(write.key)));
  };
  const gap = (fromMs: number, toMs: number, ended: boolean): Outage => {
    const ms = Math.max(0, toMs - fromMs);
    return { fromMs, toMs, ms, ended, errors: counted(within) };
  };
  const acknowledge = (at: number, server: string, write: Write): void => {
    acknowledged += 1;
    fateOf(write, () => afterAcknowledged(write));
    const known = servers.get(server);
    if (known === undefined) servers.set(server, { acknowledged: 1, firstMs: at, lastMs: at });
    else Object.assign(known, { acknowledged: known.acknowledged + 1, lastMs: at });
    if (lastMs !== undefined) {
      const between = at - lastMs;
      // The histogram is made only for gaps that are kept.
      if (between >= outageMs || longest === undefined || between > longest.ms) {
        const outage = gap(lastMs, at, true);
        if (between >= outageMs) outages.push(outage);
        if (longest === undefined || outage.ms > longest.ms) longest = outage;
      }
    }
    lastMs = at;
    failedSinceMs = undefined;
    if (within.size > 0) within = new Map();
  };

  return {
    take: (entry) => {
      if (entry.is === "acknowledged") acknowledge(entry.at, entry.server, entry.write);
      if (entry.is !== "failed") return;
      const { write } = entry;
      if (write !== undefined && entry.inDoubt)
        fateOf(write, (before) => afterDoubt(before, write));
      failed += 1;
      failedSinceMs = entry.at;
      count(errors, `${entry.code} ${entry.message}`);
      count(within, `${entry.code} ${entry.message}`);
    },
    testimony: () => {
      const open =
        lastMs === undefined || failedSinceMs === undefined
          ? undefined
          : gap(lastMs, failedSinceMs, false);
      const all = open !== undefined && open.ms >= outageMs ? [...outages, open] : outages;
      return {
        acknowledged,
        failed,
        errors: counted(errors),
        longest: open !== undefined && open.ms > (longest?.ms ?? -1) ? open : longest,
        outages: all,
        servers: [...servers].map(([server, took]) => ({ server, ...took })),
        fates,
      };
    },
  };
}

export async function hear(entries: AsyncIterable<Entry>, outageMs: number): Promise<Testimony> {
  const witness = newWitness(outageMs);
  for await (const entry of entries) witness.take(entry);
  return witness.testimony();
}

export interface Phase {
  readonly name: string;
  /** Milliseconds since 1970. It lasts until the next one begins. */
  readonly startMs: number;
}

/** An outage's milliseconds by phase, in order, without phases it did not touch. The parts add up to the whole. */
export function splitByPhase(
  outage: Pick<Outage, "fromMs" | "toMs">,
  phases: readonly Phase[],
): readonly { readonly name: string; readonly ms: number }[] {
  const sorted = phases.toSorted((a, b) => a.startMs - b.startMs);
  const bounds = [{ name: "before", startMs: -Infinity }, ...sorted];
  return bounds.flatMap(({ name, startMs }, index) => {
    const endMs = bounds[index + 1]?.startMs ?? Infinity;
    const ms = Math.min(outage.toMs, endMs) - Math.max(outage.fromMs, startMs);
    return ms > 0 ? [{ name, ms }] : [];
  });
}
