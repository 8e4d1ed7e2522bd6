/** Why a table cannot be given what the plan wants for it: pure. */
import type { Finding } from "../../core/finding.ts";
import { quoteIdentifier, quoteQualified } from "../../core/identifier.ts";
import type { PreparedTable } from "./identity.ts";

type Refusal = readonly [
  unfit: (table: PreparedTable) => boolean,
  finding: (tables: readonly PreparedTable[], admin: string) => Finding,
];

const names = (tables: readonly PreparedTable[]): string[] => tables.map(({ name }) => name);

const refusals: readonly Refusal[] = [
  [
    ({ relation }) => relation === "p",
    (tables) => ({
      code: "prepared-table-partitioned",
      severity: "blocks",
      message:
        "replicaIdentityFull names partitioned tables: their partitions are what is followed, and PostgreSQL does not hand an identity down to them.",
      objects: names(tables),
      remedy: tables
        .map(
          ({ schema, table }) =>
            `SELECT relid FROM pg_partition_tree('${quoteQualified(schema, table).replaceAll("'", "''")}') WHERE isleaf; -- name these in the plan instead`,
        )
        .join("\n"),
    }),
  ],
  [
    ({ relation }) => relation !== "r" && relation !== "p",
    (tables) => ({
      code: "prepared-not-a-table",
      severity: "blocks",
      message:
        "replicaIdentityFull names views or foreign tables; they hold no rows of their own that could be followed.",
      objects: names(tables),
      remedy: "Take them out of replicaIdentityFull.",
    }),
  ],
  [
    ({ mayAlter }) => !mayAlter,
    (tables, admin) => ({
      code: "table-owner-out-of-reach",
      severity: "blocks",
      message: `Role ${admin} has not the rights of these tables' owners, so it cannot change their replica identity.`,
      objects: names(tables),
      remedy: [
        ...new Set(
          tables.map(
            ({ owner }) => `GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(admin)};`,
          ),
        ),
      ].join("\n"),
    }),
  ],
  [
    ({ incomparable }) => incomparable.length > 0,
    (tables) => ({
      code: "replica-identity-incomparable",
      severity: "blocks",
      message:
        "FULL would not do for tables with columns that cannot be compared for equality: their updates and deletes would fail on the target.",
      objects: tables.map(({ name, incomparable }) => `${name} (${incomparable.join(", ")})`),
      remedy:
        "Give them a primary key, or accept in the plan that only their inserts arrive: acceptInsertOnly of preflight-passed.",
    }),
  ],
];

export function unfitFindings(
  tables: readonly PreparedTable[],
  wanted: readonly string[],
  admin: string,
): readonly Finding[] {
  const known = new Set(names(tables));
  const missing = wanted.filter((name) => !known.has(name));
  const unfit = refusals.flatMap(([is, finding]) => {
    const found = tables.filter(is);
    return found.length === 0 ? [] : [finding(found, admin)];
  });
  return missing.length === 0 ? unfit : [missingFinding(missing), ...unfit];
}

function missingFinding(missing: readonly string[]): Finding {
  return {
    code: "prepared-table-missing",
    severity: "blocks",
    message: "replicaIdentityFull names tables that the databases of the plan do not have.",
    objects: missing,
    remedy:
      "Write them as `database.schema.table`, without quotes around a name, or take them out of the plan.",
  };
}
