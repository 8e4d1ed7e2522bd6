/** The finding of rows that applications wrote to the target since the cut-over. Pure. */
import type { Finding } from "../core/finding.ts";
import type { DatabaseComparison } from "../verification/index.ts";

/** It is how it should be: told, so that nobody takes these rows for compared. */
export function writtenSince(
  database: string,
  { tables, equality: whole }: Pick<DatabaseComparison, "tables" | "equality">,
): Finding[] {
  const touched = tables.flatMap(({ table, since, equality }) => {
    // What is wrong with a table, or could not be told, is told by its own finding.
    if (
      since === undefined ||
      equality !== "equal" ||
      since.newer + since.modified + since.gone === 0n
    )
      return [];
    const { newer, modified, gone } = since;
    const parts = [
      `${shown(newer)} written`,
      ...(modified === 0n ? [] : [`${shown(modified)} of the old ones changed`]),
      ...(gone === 0n ? [] : [`${shown(gone)} of the old ones gone`]),
    ];
    // Figures first: a long name may be cut.
    return [`${parts.join(", ")}: ${table}`];
  });
  if (touched.length === 0) return [];
  const others = whole === "equal" ? "; all others are compared, and equal" : "";
  return [
    {
      code: "written-since-cutover",
      severity: "warns",
      message: `${database}: rows of ${touched.length === 1 ? "1 table" : `${touched.length} tables`} of the target were written since the cut-over. The source has nothing to compare these rows with${others}.`,
      objects: touched,
    },
  ];
}

function shown(rows: bigint): string {
  return rows.toLocaleString("en-US");
}
