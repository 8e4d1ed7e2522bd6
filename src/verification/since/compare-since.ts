/**
 * Compares the rows of a target that applications write to with what was proven
 * when both sides stood still. Most tables need the target alone: what was not
 * written since adds up to what it was. Only where rows are changed or gone is
 * the source read, which must still be as it was then.
 */
import { hashForm } from "../contents/row-hash.ts";
import type { ContentsComparison } from "../contents/compare-contents.ts";
import type { TablePair } from "../contents/table-pair.ts";
import { readTableSums, type SideSums } from "../contents/table-sums.ts";
import { tasksOf } from "../contents/tasks.ts";
import { notRead, type Unchecked } from "../report.ts";
import { farthest, sumsSince } from "./rows-sql.ts";
import { fillIn } from "./fill-in.ts";
import { hasOtherColumns } from "./manifest.ts";
import { askingOf, countersOf, type Looked, withLateCounters } from "./late-counters.ts";
import { type SinceRequest, withRows } from "./table-since.ts";
import { type Counters, readCounters } from "../counters.ts";
import { judgeSince, notComparedThen, type SinceVerdict } from "./verdict.ts";
import { unlessWhole } from "./whole-sum.ts";

/** Throws the signal's reason when it fires. */
export async function compareSince(asked: SinceRequest): Promise<ContentsComparison> {
  const { target, pairs, options, signal } = asked;
  const bytes = pairs.reduce((sum, pair) => sum + pair.source.bytes, 0n);
  const moment = await readCounters(target, options.ignoredSchemas);
  const stale = staleness(asked, moment);
  if (stale !== undefined) {
    return { tables: pairs.map(notRead), differences: [], unchecked: [stale], bytes };
  }
  const altered = new Set(
    pairs.filter((pair) =>
      hasOtherColumns(asked.manifest.tables[pair.table], pair, moment.tables.get(pair.table)),
    ),
  );
  const comparable = pairs.filter((pair) => !altered.has(pair));
  const { manifest, counted, unchecked } = await fillIn(asked, comparable);
  const request = { ...asked, manifest };
  const old = await readOld(request, comparable);
  const looked = new Map(
    (await lookAt(request, comparable, { old, moment })).map((one) => [one.pair, one.seen]),
  );
  const verdicts: SinceVerdict[] = [];
  for (const pair of pairs) {
    const seen = looked.get(pair);
    if (altered.has(pair)) verdicts.push(notComparable(pair));
    else if (manifest.tables[pair.table] === undefined) {
      verdicts.push(notKnown(pair, unchecked.get(pair.table)));
    } else if (seen !== undefined) {
      const told = judgeSince(pair, seen);
      const verdict = counted.has(pair.table) ? notComparedThen(told, seen.known) : told;
      // One table at a time: it runs beside the applications.
      // oxlint-disable-next-line no-await-in-loop
      verdicts.push(await unlessWhole(request, pair, seen, verdict));
    } else verdicts.push({ comparison: notRead(pair), differences: [], unchecked: [] });
    signal.throwIfAborted();
  }
  return {
    tables: verdicts.map(({ comparison }) => comparison),
    differences: verdicts.flatMap(({ differences }) => differences),
    unchecked: [...old.unchecked, ...verdicts.flatMap(({ unchecked }) => unchecked)],
    bytes,
  };
}

/** Why nothing of it can be told any more; undefined when it can. */
function staleness({ manifest, hash }: SinceRequest, moment: Counters): Unchecked | undefined {
  const unchecked = (reason: string): Unchecked => ({
    code: "written-since-cutover",
    side: "target",
    object: "contents of all tables",
    reason,
  });
  const { form = 1 } = manifest;
  if (form !== hashForm) {
    return unchecked(
      `the checksums kept from the cut-over were made by a version of opensauced-migrate that hashes rows in another form (${form}, and this one ${hashForm}); verify with the version that carried the run`,
    );
  }
  if (hash !== manifest.rowHash) {
    return unchecked("the servers do not hash rows any more as they did at the cut-over");
  }
  if (moment.xid - BigInt(manifest.xid) >= farthest) {
    return unchecked(
      "two thousand million transactions were made since the cut-over, so rows from before it look like later ones",
    );
  }
  return undefined;
}

/** Rows are walked over one table at a time, beside the applications; late counters are waited for once. */
async function lookAt(
  request: SinceRequest,
  pairs: readonly TablePair[],
  { old, moment }: { readonly old: SideSums; readonly moment: Counters },
): Promise<readonly Looked[]> {
  const { manifest, signal } = request;
  const looked: Looked[] = [];
  for (const pair of pairs) {
    const known = manifest.tables[pair.table];
    const target = old.sums.get(pair.table);
    if (known === undefined || target === undefined) continue;
    const seen = { known, target, counters: countersOf(pair, known, moment, manifest) };
    // oxlint-disable-next-line no-await-in-loop
    looked.push({ pair, seen: await withRows(request, pair, seen) });
    signal.throwIfAborted();
  }
  return withLateCounters(looked, askingOf(request));
}

function readOld(request: SinceRequest, pairs: readonly TablePair[]): Promise<SideSums> {
  const { target, manifest, options, signal } = request;
  const tasks = tasksOf(target, pairs, { sliceBytes: options.sliceBytes });
  const total = tasks.reduce((sum, task) => sum + task.bytes, 0);
  let done = 0;
  request.onBytes(0, total);
  return readTableSums(
    target,
    tasks,
    (task) => sumsSince(task, manifest.rowHash, BigInt(manifest.xid)),
    signal,
    (task) => request.onBytes((done += task.bytes), total),
  );
}

function notKnown(pair: TablePair, because?: Unchecked): SinceVerdict {
  const unchecked: Unchecked = because ?? {
    code: "written-since-cutover",
    side: "both",
    object: pair.table,
    reason:
      "It was not proven equal at the cut-over, so nothing is known that it could be compared with",
  };
  return { comparison: notRead(pair), differences: [], unchecked: [unchecked] };
}

function notComparable(pair: TablePair): SinceVerdict {
  const unchecked: Unchecked = {
    code: "written-since-cutover",
    side: "both",
    object: pair.table,
    reason:
      "Its columns, or a type that they are made of, are others than at the cut-over, so its rows cannot be compared",
  };
  return { comparison: notRead(pair), differences: [], unchecked: [unchecked] };
}
