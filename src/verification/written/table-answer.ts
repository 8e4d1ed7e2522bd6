/**
 * What is said of a table when its rounds are over: equal, different, or could
 * not be told. Pure.
 */
import type {
  Difference,
  DrillDown,
  RowClass,
  RowDifference,
  TableComparison,
  Unchecked,
} from "../report.ts";
import type { Chase } from "./chase.ts";
import { keyNames } from "./name-rows.ts";

/** Rows of a table that were written in every round: neither equal nor different. */
export interface WrittenTable {
  /** Quoted and qualified. */
  readonly table: string;
  /** How many; undefined: the table has no key, and is looked at as a whole. */
  readonly rows: number | undefined;
  /** The first few, by key column. */
  readonly keys: readonly Readonly<Record<string, string>>[];
  /** True when more rows differed than were looked at again. */
  readonly sampled: boolean;
}

export interface TableAnswer {
  readonly comparison: TableComparison;
  readonly differences: readonly Difference[];
  readonly unchecked: readonly Unchecked[];
  readonly written: readonly WrittenTable[];
}

export interface Named {
  readonly rows: readonly RowDifference[];
  readonly buckets: number;
  readonly bucketsDiffering: number;
}

const noKey = "The table has no primary key to name a row by.";

function drillDownOf(chase: Chase, named: Named): DrillDown {
  const count = (name: RowClass): number =>
    chase.confirmed.filter((one) => one.class === name).length;
  return {
    rows: named.rows,
    missing: count("missing"),
    extra: count("extra"),
    changed: count("changed"),
    sampled: chase.sampled,
    bucketsDiffering: named.bucketsDiffering,
    buckets: named.buckets,
  };
}

/** By the code that a comparison of two databases that stand still has for it: the same line accepts both. */
function difference(chase: Chase): Difference {
  const { table } = chase.pair;
  const rows = (name: "source" | "target"): string | undefined =>
    chase.whole ? chase.confirmed[0]?.[name]?.hash.split(" ")[0] : undefined;
  const counted = chase.confirmed.reduce(
    (sum, one) => sum + (one.class === "missing" ? 1 : one.class === "extra" ? -1 : 0),
    0,
  );
  const [source, target] = [rows("source"), rows("target")];
  const differ = chase.whole ? source !== target : counted !== 0;
  return {
    code: differ ? "row-count-differs" : "contents-differ",
    object: table,
    weight: "different",
    // Counts of a table with a key are not of one moment; its rows are.
    source: source === undefined ? null : `${source} rows`,
    target: target === undefined ? null : `${target} rows`,
    table,
  };
}

/** `comparison` is what the first pass said; it called the table different. */
export function answerFor(
  comparison: TableComparison,
  chase: Chase,
  named: Named,
  mostKeys: number,
): TableAnswer {
  const { rowsNotNamed: _, drillDown: __, ...counted } = comparison;
  const unchecked = chase.failure === undefined ? [] : [chase.failure];
  if (chase.confirmed.length > 0) {
    const naming = chase.whole ? { rowsNotNamed: noKey } : { drillDown: drillDownOf(chase, named) };
    return {
      comparison: { ...counted, ...naming, equality: "different" },
      differences: [difference(chase)],
      unchecked,
      written: writtenIn(chase, mostKeys),
    };
  }
  const told = chase.open === 0 && !chase.sampled && chase.failure === undefined;
  return {
    comparison: { ...counted, equality: told ? "equal" : "could-not-check" },
    differences: [],
    unchecked,
    written: writtenIn(chase, mostKeys),
  };
}

function writtenIn(chase: Chase, mostKeys: number): WrittenTable[] {
  if (chase.failure !== undefined || (chase.open === 0 && !chase.sampled)) return [];
  return [
    {
      table: chase.pair.table,
      rows: chase.whole ? undefined : chase.open,
      keys: chase
        .openKeys()
        .slice(0, mostKeys)
        .map((row) => keyNames(chase, row)),
      sampled: chase.sampled,
    },
  ];
}
