/** Whether the copy agrees with the source that is still written: pure. */
import { countOf } from "../../core/count-of.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import type { Compared } from "./compared.ts";

export interface AgreesSeen {
  readonly databases: readonly {
    readonly name: string;
    /** Undefined: not compared yet, or what was found does not count any more. */
    readonly compared: Compared | undefined;
  }[];
}

/** All databases are compared before any stands in the way: what is wrong is told at once. */
export function decideAgrees({ databases }: AgreesSeen): Verdict {
  const [first, ...rest] = databases
    .filter(({ compared }) => compared === undefined)
    .map(({ name }) => compare(name));
  if (first !== undefined) {
    return {
      is: "unmet",
      because: "nobody knows yet whether the copy agrees with the source",
      actions: [first, ...rest],
    };
  }
  const all = databases.flatMap(({ compared }) => (compared === undefined ? [] : [compared]));
  const findings = all.flatMap((compared) => compared.findings);
  const [worst, ...others] = findings.filter(({ severity }) => severity !== "warns");
  const warnings = findings.filter(({ severity }) => severity === "warns");
  if (worst !== undefined) return { is: "blocked", findings: [worst, ...others, ...warnings] };
  const rows = all.reduce((sum, compared) => sum + compared.rows, 0);
  const tables = all.reduce((sum, compared) => sum + compared.tables, 0);
  return {
    is: "satisfied",
    because: `${countOf(rows, "row")} in ${countOf(tables, "table")} agree, but for what is being written`,
    warnings,
    facts: { rows, tables },
  };
}

function compare(database: string): Action {
  return {
    id: `compare ${database}`,
    summary: `Compare ${database} on both sides while applications write; rows of the marker table tell what is only under way`,
    touches: "source",
    data: { database },
  };
}
