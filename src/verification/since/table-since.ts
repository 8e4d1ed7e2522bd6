/**
 * One table of a target that applications write to: where its old rows do not
 * add up any more, they are walked over beside those of the source, and what is
 * gone is held against the target's own counters, which may be late.
 */
import { setTimeout } from "node:timers/promises";
import type { ContentsRequest } from "../contents/compare-contents.ts";
import type { TablePair } from "../contents/table-pair.ts";
import { readTableSums } from "../contents/table-sums.ts";
import { type Task, taskSql } from "../contents/tasks.ts";
import { uncheckedBecause } from "../failure.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import type { Manifest, ManifestTable } from "./manifest.ts";
import { rowsSince, type RowsSince } from "./rows-since.ts";
import { type Counters, readCounters } from "../counters.ts";
import { type CountersSince, isUnexplained } from "./lost-rows.ts";
import { isUntouched, type SeenSince } from "./verdict.ts";

export interface SinceRequest extends Omit<ContentsRequest, "source"> {
  /** Undefined: it could not be reached, or is no more. */
  readonly source: SideSnapshot | undefined;
  readonly manifest: Manifest;
}

export function countersOf(
  { table }: Pick<TablePair, "table">,
  known: ManifestTable,
  moment: Counters,
  manifest: Manifest,
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

/** Throws the signal's reason when it fires. */
export async function withRows(
  request: SinceRequest,
  pair: TablePair,
  seen: Omit<SeenSince, "rows">,
): Promise<SeenSince> {
  if (isUntouched(seen.known, seen.target)) return { ...seen, rows: undefined };
  request.onDrillDown();
  try {
    const rows = await readRows(request, pair, seen);
    const whole = { ...seen, rows };
    return isUnexplained(whole) ? await countedLate(request, pair, whole) : whole;
  } catch (error) {
    request.signal.throwIfAborted();
    return { ...seen, rows: uncheckedBecause("target", pair.table, error).reason };
  }
}

async function readRows(
  request: SinceRequest,
  pair: TablePair,
  { known }: Pick<SeenSince, "known">,
): Promise<RowsSince | string> {
  const { source, target, manifest, options, signal } = request;
  if (source === undefined) return "the source could not be reached";
  const hash = manifest.rowHash;
  const task: Task = { slices: [{ pair, bytes: 0 }], bytes: 0 };
  const sums = await readTableSums(
    source,
    [task],
    (each) => taskSql(each, hash),
    signal,
    () => undefined,
  );
  const [failed] = sums.unchecked;
  if (failed !== undefined) return failed.reason;
  const sum = sums.sums.get(pair.table);
  if (sum === undefined || !isUntouched(known, sum)) {
    return "the source is not what it was at the freeze";
  }
  const limits = options.drillDown;
  const xid = BigInt(manifest.xid);
  const rows = await rowsSince({ source, target, pair, hash, xid, limits }, sum.rows);
  return rows ?? "so much was written since that walking over its rows is too much";
}

const pauseMs = 1000;

async function countedLate(
  request: SinceRequest,
  pair: TablePair,
  seen: SeenSince,
): Promise<SeenSince> {
  const { target, options, manifest, signal } = request;
  const until = performance.now() + options.countedWithinMs;
  let latest = seen;
  // Of lost counters nothing more comes.
  if (!seen.counters.exact || seen.counters.changed === undefined) return seen;
  while (performance.now() < until) {
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    await setTimeout(pauseMs, undefined, { signal });
    // oxlint-disable-next-line no-await-in-loop
    const moment = await readCounters(target, options.ignoredSchemas);
    latest = { ...seen, counters: countersOf(pair, seen.known, moment, manifest) };
    if (!isUnexplained(latest)) return latest;
  }
  return latest;
}
