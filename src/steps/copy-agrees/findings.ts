/** What a comparison beside writing applications says, as findings: pure. */
import type { Finding } from "../../core/finding.ts";
import type { WrittenComparison, WrittenTable } from "../../verification/index.ts";
import type { Known } from "../data-equal/accepted.ts";
import { comparisonFindings } from "../data-equal/decide.ts";
import { keyText } from "../data-equal/key-text.ts";

export interface Judged {
  readonly accept: readonly string[];
  /** The plan has a step that carries owners, grants and settings after this one. */
  readonly accessFollows: boolean;
}

/** They go into the journal; whoever has more of them needs no more. */
const mostFindings = 200;

const copyAnew =
  "Waiting mends nothing here. To copy anew: opensauced-migrate undo, then run. To compare again: opensauced-migrate run --resume";

export function agreesFindings(
  database: string,
  comparison: WrittenComparison,
  { accept, accessFollows }: Judged,
): Finding[] {
  const knowing: Known = { accept, refused: [] };
  const differences = comparison.differences.filter(
    ({ code }) => !accessFollows || !isOfAccess(code),
  );
  // What may be cosmetic is `data-equal`'s to show: it will be the same then.
  const result = { ...comparison, differences, mayBeCosmetic: [] };
  const findings = [
    ...comparisonFindings([{ database, result }], knowing).map(withRemedy),
    ...comparison.written.map((table) => written(database, table)),
    ...unexplained(database, comparison),
  ];
  return atMost(findings, database);
}

/** By the codes of catalog differences that `access-carried` mends. */
function isOfAccess(code: string): boolean {
  return /^(?:grant|default-privilege|setting)-/.test(code) || code.endsWith("-owner-differs");
}

function withRemedy(finding: Finding): Finding {
  return finding.severity === "blocks" ? { ...finding, remedy: copyAnew } : finding;
}

/** Not the copy's fault, and not proof that it is right: told, and compared again when nobody writes. */
function written(database: string, { table, rows, keys, sampled }: WrittenTable): Finding {
  const later = "`data-equal` compares it when nobody writes.";
  if (rows === undefined) {
    return {
      code: "table-always-written",
      severity: "warns",
      message: `${database}: ${table} has no key and was written every time that it was looked at; whether it agrees could not be told. ${later}`,
    };
  }
  const open = `${rows === 1 ? "1 row" : `${rows} rows`} of ${table} ${rows === 1 ? "was" : "were"} written every time that ${rows === 1 ? "it was" : "they were"} looked at; whether ${rows === 1 ? "it agrees" : "they agree"} could not be told.`;
  const sample = `More rows of ${table} were not the same at first than are looked at again: only a sample was.`;
  return {
    code: rows > 0 ? "rows-always-written" : "sample-compared",
    severity: "warns",
    message: [
      `${database}:`,
      ...(rows > 0 ? [open] : []),
      ...(sampled ? [sample] : []),
      later,
    ].join(" "),
    ...(keys.length === 0
      ? {}
      : {
          objects: keys.map(keyText),
        }),
  };
}

/** An answer other than equal that names no reason is an unknown, and so is none at all. */
function unexplained(database: string, comparison: WrittenComparison): Finding[] {
  const { equality, differences, unchecked, tables } = comparison;
  const told = new Set([
    ...differences.map(({ object }) => object),
    ...comparison.written.map(({ table }) => table),
  ]);
  const open = tables.filter((table) => table.equality !== "equal" && !told.has(table.table));
  const reasons = differences.length + unchecked.length + comparison.written.length;
  if (unchecked.length > 0 || (open.length === 0 && (equality === "equal" || reasons > 0)))
    return [];
  return [
    {
      code: "could-not-check",
      severity: "unknown",
      message: `${database}: the comparison did not end with an answer for every table.`,
      ...(open.length === 0 ? {} : { objects: open.map(({ table }) => table) }),
    },
  ];
}

function atMost(findings: readonly Finding[], database: string): Finding[] {
  if (findings.length <= mostFindings) return [...findings];
  const order = ["blocks", "unknown", "warns"];
  const worst = findings.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  return [
    ...worst.slice(0, mostFindings),
    {
      code: "more-findings",
      severity: "warns",
      message: `${database}: ${findings.length - mostFindings} further findings are not listed.`,
    },
  ];
}
