/** A comparison as a verdict: pure. Three answers, and unknown is never equal. */
import { countOf } from "../../core/count-of.ts";
import { UnreadableError } from "../../core/errors.ts";
import type { Finding } from "../../core/finding.ts";
import type { Json } from "../../core/json.ts";
import { visible } from "../../core/visible.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { DatabaseComparison, Difference, Unchecked } from "../../verification/index.ts";
import { known, type Known } from "./accepted.ts";
import { deferredFindings, deferredNotes, deferredTotals } from "./deferred.ts";
import { drillDownText } from "./drill-down-text.ts";
import { manifestOf } from "./manifest.ts";
import { parting } from "./parting.ts";
import { redoneNotes, takenOver, tablesRedone } from "./resumed.ts";
import type { EqualSeen, EqualSettings } from "./settings.ts";

export function decideEqual(seen: EqualSeen, settings: EqualSettings): Verdict {
  if (!seen.frozen) {
    return {
      is: "blocked",
      findings: [
        {
          code: "source-not-frozen",
          severity: "blocks",
          message: "The source accepts writes; a comparison made now could not be exact.",
          remedy: "opensauced-migrate run --resume",
        },
      ],
    };
  }
  if (seen.uncounted.length > 0) return countFirst(seen.uncounted);
  const findings = [
    ...comparisonFindings(seen.comparisons, { accept: settings.accept, refused: seen.refused }),
    ...unexplained(seen.comparisons),
    ...deferredFindings(seen.comparisons),
  ];
  const [first, ...rest] = findings.filter(({ severity }) => severity !== "warns");
  const warnings = findings.filter(({ severity }) => severity === "warns");
  if (first !== undefined) return { is: "blocked", findings: [first, ...rest, ...warnings] };
  const tables = sum(seen, ({ totals }) => totals.tables);
  const rows = sum(seen, ({ totals }) => Number(totals.sourceRows));
  const sequences = sum(seen, ({ totals }) => totals.sequences);
  const reused = sum(seen, (result) => reusedTables(result).length);
  const known = takenOver(seen.comparisons);
  const deferred = deferredTotals(seen.comparisons).tables;
  const only =
    deferred === 0
      ? ""
      : `, as far as compared: the rows of ${deferred === 1 ? "1 table" : `${deferred} tables`} were only counted`;
  return {
    is: "satisfied",
    because: `${countOf(rows, "row")} in ${countOf(tables, "table")} and ${countOf(sequences, "sequence")} are equal on both sides${only}${reused === 0 ? "" : `; ${reused === 1 ? "1 table was" : `${reused} tables were`} found equal before the freeze, and not written since`}${known === 0 ? "" : "; what an earlier process had read, and cannot have moved, was not read again"}`,
    warnings,
    facts: {
      rows,
      tables,
      sequences,
      reused,
      takenOver: known,
      redone: tablesRedone(seen.comparisons),
      deferred,
    },
    notes: {
      ...manifestNotes(seen.comparisons),
      ...reusedNotes(seen.comparisons),
      ...redoneNotes(seen.comparisons),
      ...deferredNotes(seen.comparisons),
    },
  };
}

function manifestNotes(comparisons: EqualSeen["comparisons"]): { readonly [name: string]: Json } {
  return Object.fromEntries(
    comparisons.flatMap(({ database, result: { manifest } }) =>
      manifest === undefined ? [] : [[manifestOf(database), manifest as unknown as Json]],
    ),
  );
}

function reusedTables({ tables }: DatabaseComparison): string[] {
  return tables.filter((table) => table.reused === true).map(({ table }) => table);
}

/** Which tables were not read, so that it can be asked later why. */
function reusedNotes(comparisons: EqualSeen["comparisons"]): { readonly [name: string]: Json } {
  return Object.fromEntries(
    comparisons
      .filter(({ result }) => reusedTables(result).length > 0)
      .map(({ database, result }) => [`not-read-again ${database}`, reusedTables(result)]),
  );
}

/**
 * A session that ended under the comparison: a server that restarts or fails
 * over. That passes, and a thaw would cost the whole copy. Undefined where a
 * difference was found: what is known now will not get better.
 */
export function interruptedComparison({ comparisons }: EqualSeen): UnreadableError | undefined {
  if (comparisons.some(({ result }) => result.differences.length > 0)) return undefined;
  const lost = comparisons.flatMap(({ database, result }) =>
    result.unchecked
      .filter(({ code }) => code === "connection-lost")
      .map(({ object, side, reason }) => `${database}: ${object} on the ${side}: ${reason}`),
  );
  const [first] = lost;
  if (first === undefined) return undefined;
  return new UnreadableError({
    message: `The comparison was interrupted: ${visible(first)}`,
    meaning:
      "Nothing that was compared so far differs. What has been read and cannot have moved is not read again.",
    remedy: "Make sure that both servers are up, then: opensauced-migrate run --resume",
  });
}

/** Without it nobody could tell later that nothing was written since. */
function countFirst(databases: readonly string[]): Verdict {
  return {
    is: "unmet",
    because: "what is written from now on must be noticed",
    actions: [
      {
        id: "count-writes",
        summary: `Note what ${databases.join(", ")} of the source have counted of writes, before comparing`,
        touches: "journal",
        data: { databases },
      },
    ],
  };
}

/** An answer other than equal that names no reason is an unknown, and so is none at all. */
function unexplained(comparisons: EqualSeen["comparisons"]): Finding[] {
  const unknown = (code: string, message: string): Finding => ({
    code,
    severity: "unknown",
    message,
  });
  if (comparisons.length === 0) return [unknown("nothing-compared", "No database was compared.")];
  return comparisons
    .filter(({ result }) => result.equality !== "equal")
    .filter(
      ({ result: { differences, unchecked, deferred } }) =>
        differences.length + unchecked.length + deferred.length === 0,
    )
    .map(({ database }) =>
      unknown("could-not-check", `${database}: the comparison did not end with equal.`),
    );
}

export interface FindingOptions {
  /** False: keys of rows, which are values too, are left out. */
  readonly values: boolean;
}

/** Findings of several databases; accepted differences stay visible, as warnings. */
export function comparisonFindings(
  comparisons: EqualSeen["comparisons"],
  knowing: Known,
  options: FindingOptions = { values: true },
): Finding[] {
  return comparisons.flatMap(({ database, result }) => [
    ...differenceFindings(database, result, knowing, options),
    ...harmlessFindings(database, result, options),
    ...result.unchecked.map((unchecked) => uncheckedFinding(database, unchecked, knowing)),
  ]);
}

/** Nobody will ever know of these, so a person may say that this is enough. */
const lasting: ReadonlySet<string> = new Set(["written-since-cutover", "not-held"]);

function uncheckedFinding(
  database: string,
  { code, object, side, reason }: Unchecked,
  knowing: Known,
): Finding {
  const because = lasting.has(code) ? known(knowing, database, { code, object }) : undefined;
  return {
    code: `could-not-check-${code}`,
    severity: because === undefined ? "unknown" : "warns",
    message: `${database}: ${object} could not be checked on the ${side}: ${reason}${because === undefined ? "" : ` (${because})`}`,
  };
}

/** What both sides may have, by code: a clause after the code in words. */
const warned: Readonly<Record<string, string>> = {
  "sequence-behind-column":
    "on the source as well, so the migration did not cause it. The next insert may fail on its key, or make a duplicate",
  "sequence-behind":
    "and yet past every value of its columns: so TRUNCATE .. RESTART IDENTITY leaves it",
  "transactions-under-way":
    "and nobody should write there yet. What they insert or update shows in a later verify; what they delete is taken for an application's delete. Look at pg_stat_activity",
  "extension-rows-not-compared":
    "in tables that belong to an extension. A dump carries rows that were added to them; look at them yourself",
  "index-invalid-on-source":
    "so no query reads it there, and a dump leaves it out. A CREATE INDEX CONCURRENTLY that failed leaves one: drop it, or make it anew where it is wanted",
  "sequence-nearly-used-up":
    "90 % or more of what it can give out is given. At the end inserts fail",
};

/** One finding for all of a sort: with another major version there are many. */
function harmlessFindings(
  database: string,
  result: DatabaseComparison,
  { values }: FindingOptions,
): Finding[] {
  const sorts = Map.groupBy(result.mayBeCosmetic, ({ code, weight }) => `${weight} ${code}`);
  return [...sorts.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const { code, weight } = first;
    const because =
      weight === "warns"
        ? (warned[code] ?? "on both sides")
        : "as another major version or another provider may cause by itself";
    return [
      {
        code: weight === "warns" ? code : `${code}-may-be-cosmetic`,
        severity: "warns",
        message: `${database}: ${code.replaceAll("-", " ")}, ${because}.`,
        objects: alike.map((difference) => shownBriefly(difference, values)),
      },
    ];
  });
}

function shownBriefly(difference: Difference, values: boolean): string {
  const { code, object, source, target, weight } = difference;
  // It says how far a column reaches, which is a value of a row.
  if (!values && code === "sequence-behind-column") return object;
  if (source === null && target === null) return object;
  // What only one side is warned of is nothing that the other lacks.
  if (weight === "warns" && (source === null || target === null)) {
    return `${object}: ${source ?? target}`;
  }
  return `${object}: ${parting(source ?? "nothing", target ?? "nothing")}`;
}

function differenceFindings(
  database: string,
  result: DatabaseComparison,
  knowing: Known,
  options: FindingOptions,
): Finding[] {
  return result.differences.map((difference): Finding => {
    const because = known(knowing, database, difference);
    const rows = drillDownText(result, difference, options);
    return {
      code: difference.code,
      severity: because === undefined ? "blocks" : "warns",
      message: `${database}: ${difference.object}: ${shown(difference, options)}${because === undefined ? "" : ` (${because})`}`,
      ...(rows.length === 0 ? {} : { objects: rows }),
    };
  });
}

/** Of the target alone: the source has no side in them. */
const sinceCutover: ReadonlySet<string> = new Set([
  "untouched-rows-differ",
  "rows-lost-since-cutover",
]);

function shown(difference: Difference, { values }: FindingOptions): string {
  const words = difference.code.replaceAll("-", " ");
  // It says how far a column reaches, which is a value of a row.
  if (!values && difference.code === "sequence-behind-column") return words;
  if (difference.source === null && difference.target === null) return words;
  if (sinceCutover.has(difference.code)) return `${words}: ${difference.target}`;
  return `${words}; source: ${difference.source ?? "nothing"}, target: ${difference.target ?? "nothing"}`;
}

function sum(seen: EqualSeen, figure: (result: DatabaseComparison) => number): number {
  return seen.comparisons.reduce((total, { result }) => total + figure(result), 0);
}
