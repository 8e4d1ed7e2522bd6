/**
 * A session counts what it did some seconds later: where rows seem to be lost,
 * the target's counters are asked again for a while, once for all tables together.
 */
import { setTimeout } from "node:timers/promises";
import type { TablePair } from "../contents/table-pair.ts";
import { type Counters, readCounters } from "../counters.ts";
import { uncheckedBecause } from "../failure.ts";
import { type CountersSince, isUnexplained } from "./lost-rows.ts";
import type { Manifest, ManifestTable } from "./manifest.ts";
import type { SinceRequest } from "./table-since.ts";
import type { SeenSince } from "./verdict.ts";

export interface Looked {
  readonly pair: TablePair;
  readonly seen: SeenSince;
}

export interface Asking {
  readonly manifest: Pick<Manifest, "countedSince">;
  readonly withinMs: number;
  readonly pauseMs: number;
  readonly signal: AbortSignal;
  readonly counters: () => Promise<Counters>;
}

export function countersOf(
  { table }: Pick<TablePair, "table">,
  known: ManifestTable,
  moment: Counters,
  manifest: Pick<Manifest, "countedSince">,
): CountersSince {
  const now = moment.tables.get(table);
  const [, , changed, file, deleted] = known;
  const counted =
    now === undefined || moment.countedSince !== manifest.countedSince
      ? undefined
      : {
          changed: now.changed - BigInt(changed),
          deleted: deleted === undefined ? undefined : now.deleted - BigInt(deleted),
        };
  // Counters that fell are others.
  const isLost = counted === undefined || counted.changed < 0n || (counted.deleted ?? 0n) < 0n;
  return {
    ...(isLost ? { changed: undefined, deleted: undefined } : counted),
    exact: moment.exact,
    rewritten: now?.file !== file,
  };
}

/** Of lost counters nothing more comes. */
function mayBeLate({ seen }: Looked): boolean {
  return isUnexplained(seen) && seen.counters.exact && seen.counters.changed !== undefined;
}

/** In the order given. Throws the signal's reason when it fires. */
export async function withLateCounters(
  looked: readonly Looked[],
  { manifest, withinMs, pauseMs, signal, counters }: Asking,
): Promise<readonly Looked[]> {
  const until = performance.now() + withinMs;
  let latest = looked;
  while (latest.some(mayBeLate) && performance.now() < until) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one question after the other
      await setTimeout(pauseMs, undefined, { signal });
      // oxlint-disable-next-line no-await-in-loop
      const moment = await counters();
      latest = latest.map((one) => (mayBeLate(one) ? countedAt(one, moment, manifest) : one));
    } catch (error) {
      signal.throwIfAborted();
      return latest.map((one) => (mayBeLate(one) ? unknownBecause(one, error) : one));
    }
  }
  return latest;
}

function countedAt({ pair, seen }: Looked, moment: Counters, manifest: Asking["manifest"]): Looked {
  return { pair, seen: { ...seen, counters: countersOf(pair, seen.known, moment, manifest) } };
}

function unknownBecause({ pair, seen }: Looked, error: unknown): Looked {
  const { reason } = uncheckedBecause("target", pair.table, error);
  return { pair, seen: { ...seen, rows: reason } };
}

export function askingOf({ target, options, manifest, signal }: SinceRequest): Asking {
  return {
    manifest,
    withinMs: options.countedWithinMs,
    pauseMs: 1000,
    signal,
    counters: () => readCounters(target, options.ignoredSchemas),
  };
}
