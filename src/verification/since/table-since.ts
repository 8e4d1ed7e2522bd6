/**
 * One table of a target that applications write to: where its old rows do not
 * add up any more, they are walked over beside those of the source.
 */
import type { ContentsRequest } from "../contents/compare-contents.ts";
import type { TablePair } from "../contents/table-pair.ts";
import { readTableSums } from "../contents/table-sums.ts";
import { type Task, taskSql } from "../contents/tasks.ts";
import { uncheckedBecause } from "../failure.ts";
import type { SideSnapshot } from "../side-snapshot.ts";
import type { Manifest } from "./manifest.ts";
import { rowsSince, type RowsSince } from "./rows-since.ts";
import { isUntouched, type SeenSince } from "./verdict.ts";

export interface SinceRequest extends Omit<ContentsRequest, "source"> {
  /** Undefined: it could not be reached, or is no more. */
  readonly source: SideSnapshot | undefined;
  readonly manifest: Manifest;
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
    return { ...seen, rows: await readRows(request, pair, seen) };
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
