/** A check: one question about an observation, with at most one finding. Pure. */
import type { Finding } from "../../core/finding.ts";
import { quoteIdentifier } from "../../core/identifier.ts";

export type Check<Seen> = (seen: Seen) => Finding | undefined;

export interface Judged {
  readonly passed: number;
  readonly findings: readonly Finding[];
}

/** Without an observation no check was made, and none passed. */
export function judge<Seen>(seen: Seen | undefined, checks: readonly Check<Seen>[]): Judged {
  if (seen === undefined) return { passed: 0, findings: [] };
  const findings = checks.map((check) => check(seen)).filter((finding) => finding !== undefined);
  return { passed: checks.length - findings.length, findings };
}

export function together(judged: readonly Judged[]): Judged {
  return {
    passed: judged.reduce((sum, { passed }) => sum + passed, 0),
    findings: judged.flatMap(({ findings }) => findings),
  };
}

/** As many as objects are shown. */
const mostStatements = 10;

/** Statements to paste; a remedy of a thousand lines helps nobody, so it says how many are left. */
export function paste(statements: readonly string[]): string {
  const shown = statements.slice(0, mostStatements);
  const left = statements.length - shown.length;
  return [...shown, ...(left > 0 ? [`-- and ${left} more of the same`] : [])].join("\n");
}

/** The same for objects of several databases, as psql takes them. */
export function byDatabase<Object extends { readonly database: string }>(
  objects: readonly Object[],
  statement: (object: Object) => string,
): string {
  const groups = [...Map.groupBy(objects, ({ database }) => database)];
  return groups
    .map(([database, group]) => {
      const distinct = [...new Set(group.map(statement))];
      return `\\connect ${quoteIdentifier(database)}\n${paste(distinct)}`;
    })
    .join("\n");
}
