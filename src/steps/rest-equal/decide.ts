/** Whether the rest is equal, too: pure. */
import type { Finding } from "../../core/finding.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import { known } from "../data-equal/accepted.ts";
import type { RestOf, RestSeen, RestSettings } from "./settings.ts";
import type { Found } from "./told.ts";

type Judged = Pick<RestSettings, "accept">;

/** All databases are compared before any stands in the way: what is wrong is told at once. */
export function decideRest({ databases, crossed }: RestSeen, { accept }: Judged): Verdict {
  // Only in a preview: the step stands behind `data-equal`.
  if (databases.some(({ deferred }) => deferred === undefined)) {
    const reason = "`data-equal` has not compared every database yet";
    return { is: "waiting", for: "world", reason };
  }
  const rest = databases.filter(({ deferred = [] }) => deferred.length > 0);
  if (rest.length === 0) {
    return {
      is: "satisfied",
      because: "the contents of every table were compared within the outage",
    };
  }
  const [first, ...others] = rest.flatMap(nextOf);
  if (first !== undefined) {
    return {
      is: "unmet",
      because: "what was only counted within the outage is not compared yet",
      actions: [first, ...others],
    };
  }
  const findings = rest.flatMap(({ name, told }) => [
    ...(told?.found ?? []).map((found) => judged(name, found, { accept, crossed })),
    ...unexplained(name, told?.open ?? [], told?.found ?? []),
  ]);
  const [worst, ...more] = findings.filter(({ severity }) => severity !== "warns");
  const warnings = findings.filter(({ severity }) => severity === "warns");
  if (worst !== undefined) return { is: "blocked", findings: [worst, ...more, ...warnings] };
  const rows = rest.reduce((sum, { told }) => sum + (told?.rows ?? 0), 0);
  const tables = rest.reduce((sum, { deferred = [] }) => sum + deferred.length, 0);
  const except = warnings.length === 0 ? "" : ", but for what is accepted in the plan";
  return {
    is: "satisfied",
    because: `${rows.toLocaleString("en-US")} rows in ${tables === 1 ? "1 table" : `${tables} tables`} that had only been counted hold the same${except}`,
    warnings,
    facts: { rows, tables },
  };
}

function nextOf({ name, held, told }: RestOf): Action[] {
  const data = { database: name };
  if (told === undefined && held) {
    const summary = `Compare what ${name} held at the freeze, in the snapshots of then`;
    return [{ id: `compare-held ${name}`, summary, touches: "journal", data }];
  }
  if (told !== undefined && (told.manifest || told.open.length === 0)) return [];
  const summary = `Compare what ${name} held at the freeze with what was not written since`;
  return [{ id: `compare-since ${name}`, summary, touches: "journal", data }];
}

function judged(
  database: string,
  { code, object, finding }: Found,
  { accept, crossed }: Judged & Pick<RestSeen, "crossed">,
): Finding {
  const because = known({ accept, refused: [] }, database, { code, object });
  if (because !== undefined) {
    return { ...finding, severity: "warns", message: `${finding.message} (${because})` };
  }
  if (!crossed) return finding;
  return { ...finding, remedy: remedyOf(code, object, finding.severity) };
}

/** Applications write to the target by now, so whatever is done is done beside them, and by a person. */
function remedyOf(code: string, object: string, severity: Finding["severity"]): string {
  const accepted = `accept: ['${code} ${object.replaceAll("'", "''")}']`;
  return severity === "blocks"
    ? `Applications write to the target already, so nothing is undone. The source stands as it was at the freeze: bring the rows that are named over from it by hand, unless applications have written them since. Then say so in the plan, in the step rest-equal, and go on: ${accepted}; opensauced-migrate run --resume. Back to the source only by hand, with a loss: docs/undo-and-point-of-no-return.md`
    : `If the reason passes: opensauced-migrate run --resume. If it never will, and you can live with not knowing, say so in the plan, in the step rest-equal: ${accepted}`;
}

/** A table without an answer and without a reason is an unknown. */
function unexplained(
  database: string,
  open: readonly string[],
  found: readonly Found[],
): Finding[] {
  if (open.length === 0 || found.some(({ finding }) => finding.severity === "unknown")) return [];
  return [
    {
      code: "could-not-check",
      severity: "unknown",
      message: `${database}: the comparison did not end with an answer for every table.`,
      objects: [...open],
    },
  ];
}
