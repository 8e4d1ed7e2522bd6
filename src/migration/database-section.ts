/**
 * One database of `verify`: the comparison as a section of the answer. Pure but
 * for the comparing, which is src/verification's.
 */
import { countOf } from "../core/count-of.ts";
import { MigrationError } from "../core/errors.ts";
import type { Finding } from "../core/finding.ts";
import type { Known } from "../steps/data-equal/accepted.ts";
import { comparisonFindings } from "../steps/data-equal/decide.ts";
import {
  compareDatabases,
  defaultDrillDownLimits,
  type ComparisonProgress,
  type DatabaseComparison,
  type Equality,
  type Manifest,
  type PauseBounds,
  type RoleNaming,
  type Side,
  type SinceProof,
} from "../verification/index.ts";
import type { Checked, CheckedTable, VerifySection } from "./api.ts";
import { writtenSince } from "./written-since.ts";

export interface SectionWords {
  /** `database api`. */
  readonly title: string;
  readonly database: string;
  /** Applications write to the target already. */
  readonly written: boolean;
  /** What was proven before they did. */
  readonly since?: Manifest | undefined;
  /** Why the source may not be what it was then. */
  readonly sourceDoubt?: string | undefined;
  /** Differences that stop nothing. */
  readonly knowing: Known;
  /** Keys of rows are named, and what changed columns hold. */
  readonly values: boolean;
}

export interface Comparing {
  readonly source: Side;
  readonly target: Side;
  /** Sessions on each side. */
  readonly sessions: number | undefined;
  /** Above which the comparison waits. */
  readonly pause?: PauseBounds | undefined;
  readonly signal: AbortSignal;
  /** Without it each role's name stands for itself, where both sides have it. */
  readonly roles?: RoleNaming;
  readonly onProgress: (progress: ComparisonProgress) => void;
}

/** Of a value; a line of findings holds a few. */
const shownCharacters = 60;

export async function databaseSection(
  words: SectionWords,
  { sessions, pause, roles, ...sides }: Comparing,
): Promise<VerifySection> {
  try {
    const options = {
      ...(sessions === undefined ? {} : { sessions }),
      pause,
      drillDown: { ...defaultDrillDownLimits, valueLength: words.values ? shownCharacters : 0 },
      ...(roles === undefined ? {} : { roles }),
      ...(words.since === undefined ? {} : { since: words.since, sourceDoubt: words.sourceDoubt }),
    };
    return judge(words, await compareDatabases({ ...sides, options }));
  } catch (error) {
    return unreadable(words.title, error, sides.signal);
  }
}

export function overall(sections: readonly VerifySection[]): Checked {
  if (sections.some(({ checked }) => checked === "different")) return "different";
  return sections.every(({ checked }) => checked === "equal") && sections.length > 0
    ? "equal"
    : "could-not-check";
}

export function checkedOf(findings: readonly Finding[]): Checked {
  if (findings.some(({ severity }) => severity === "blocks")) return "different";
  return findings.some(({ severity }) => severity === "unknown") ? "could-not-check" : "equal";
}

export function unreadable(title: string, error: unknown, signal: AbortSignal): VerifySection {
  signal.throwIfAborted();
  if (!(error instanceof MigrationError)) throw error;
  return {
    title,
    checked: "could-not-check",
    summary: error.message,
    findings: [
      {
        code: "could-not-check",
        severity: "unknown",
        message: error.message,
        ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      },
    ],
  };
}

function judge(words: SectionWords, result: DatabaseComparison): VerifySection {
  const { title } = words;
  const { tables, rest } = findingsOf(words, result);
  const findings = [
    ...tables.flatMap((table) => table.findings),
    ...rest,
    ...writtenSince(words.database, result),
  ];
  const figures = figuresOf(result, words.since !== undefined);
  const changed = findings.filter(
    ({ code, severity }) => code === "written-since-cutover" && severity === "unknown",
  ).length;
  const isRestEqual = findings.filter(({ severity }) => severity !== "warns").length === changed;
  const read = result.tables.filter(({ equality }) => equality !== "could-not-check").length;
  if (read === 0 && result.unchecked.length > 0) {
    const summary = "nothing of it could be compared";
    return { title, checked: "could-not-check", summary, findings, tables };
  }
  const checked = checkedOf(findings);
  return {
    title,
    checked: reasoned(
      checked,
      result.equality,
      result.differences.length + result.unchecked.length,
    ),
    summary:
      changed === 0
        ? figures
        : `${figures}; ${countOf(changed, "table")} ${changed === 1 ? "was" : "were"} written since the cut-over, so whether ${changed === 1 ? "it holds what it" : "they hold what they"} should can no longer be told by comparing${isRestEqual ? "; the rest is equal" : ""}`,
    findings,
    tables,
  };
}

/** An answer other than equal that names no reason is an unknown. Accepted differences are a reason. */
function reasoned(checked: Checked, compared: Equality, reasons: number): Checked {
  const isUnexplained = checked === "equal" && compared !== "equal" && reasons === 0;
  return isUnexplained ? "could-not-check" : checked;
}

function figuresOf({ totals }: DatabaseComparison, isProven: boolean): string {
  const { tables, sourceRows, targetRows, sequences } = totals;
  const from = isProven ? "proven at the cut-over" : "on the source";
  return `${countOf(tables, "table")}, ${countOf(sourceRows, "row")} ${from}, ${targetRows.toLocaleString("en-US")} on the target, ${countOf(sequences, "sequence")}`;
}

/** Each finding once: with its table, or with the rest. */
function findingsOf(
  { database, written, since, knowing, values }: SectionWords,
  result: DatabaseComparison,
): { readonly tables: readonly CheckedTable[]; readonly rest: readonly Finding[] } {
  const known = new Set(result.tables.map(({ table }) => table));
  const homeOf = (named: { readonly object: string; readonly table?: string }) =>
    [named.table, named.object].find((name) => name !== undefined && known.has(name)) ?? "";
  const differences = Map.groupBy(result.differences, homeOf);
  const unchecked = Map.groupBy(result.unchecked, homeOf);
  const findings = (part: Partial<DatabaseComparison>, home: string): readonly Finding[] =>
    comparisonFindings(
      [
        {
          database,
          result: {
            ...result,
            mayBeCosmetic: [],
            ...part,
            differences: differences.get(home) ?? [],
            unchecked: unchecked.get(home) ?? [],
          },
        },
      ],
      knowing,
      { values },
    ).map((finding) => (written && since === undefined ? explainedByWrites(finding) : finding));
  const tables = result.tables.map((table): CheckedTable => {
    const own = findings({ tables: [table] }, table.table);
    return {
      table: table.table,
      checked: reasoned(checkedOf(own), table.equality, own.length),
      sourceRows: table.sourceRows === undefined ? undefined : Number(table.sourceRows),
      targetRows: table.targetRows === undefined ? undefined : Number(table.targetRows),
      depth: table.depth,
      findings: own,
      ...(table.since === undefined ? {} : { since: sinceOf(table.since) }),
    };
  });
  return { tables, rest: findings({ mayBeCosmetic: result.mayBeCosmetic, tables: [] }, "") };
}

function sinceOf({ newer, modified, gone }: SinceProof): NonNullable<CheckedTable["since"]> {
  return { written: Number(newer), changed: Number(modified), gone: Number(gone) };
}

/**
 * Once applications write to the target, tables that differ are to be
 * expected; whether writes are all that changed them cannot be told by
 * comparing. That is an unknown, and never a pass.
 */
function explainedByWrites(finding: Finding): Finding {
  if (finding.code !== "row-count-differs" && finding.code !== "contents-differ") return finding;
  return {
    ...finding,
    code: "written-since-cutover",
    severity: "unknown",
    message: `${finding.message}. Applications write to the target since the cut-over; the comparison made while both stood still was equal`,
  };
}
