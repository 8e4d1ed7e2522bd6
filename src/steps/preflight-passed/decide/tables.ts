/** The tables of all databases: pure. One finding names the tables of every database. */
import { quoteIdentifier, quoteQualified } from "../../../core/identifier.ts";
import type { Finding } from "../../../core/finding.ts";
import { byDatabase, type Check } from "../check.ts";
import type { TableFacts } from "../observe/tables.ts";

export interface TableIn extends TableFacts {
  readonly database: string;
}

export interface TablesSeen {
  readonly tables: readonly TableIn[];
  readonly admin: string;
  readonly accepted: readonly string[];
  /** That a `source-prepared` step of the plan will give FULL. */
  readonly promised: readonly string[];
  /** Databases of the plan whose tables could not be read. */
  readonly unread: readonly string[];
}

/** As the plan writes it. */
export function plainName({ database, schema, name }: TableIn): string {
  return `${database}.${schema}.${name}`;
}

const qualified = ({ schema, name }: Pick<TableIn, "schema" | "name">) =>
  quoteQualified(schema, name);
const stored = ({ kind }: TableFacts) => kind === "table" || kind === "partitioned";

function finding(
  tables: readonly TableIn[],
  about: Pick<Finding, "code" | "severity" | "message">,
  statement: (table: TableIn) => string,
): Finding | undefined {
  if (tables.length === 0) return undefined;
  return { ...about, objects: tables.map(plainName), remedy: byDatabase(tables, statement) };
}

export const tableChecks: readonly Check<TablesSeen>[] = [
  ({ tables, admin }) =>
    finding(
      tables.filter((table) => stored(table) && !table.member),
      {
        code: "table-owner-out-of-reach",
        severity: "blocks",
        message: `Role ${admin} is neither the owner of tables nor a member of their owners (603110): Azure's service could not carry them.`,
      },
      ({ owner }) => `GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(admin)};`,
    ),
  ({ tables, admin }) =>
    finding(
      tables.filter((table) => table.kind !== "foreign" && table.member && !table.readable),
      {
        code: "table-not-readable",
        severity: "blocks",
        message: `Role ${admin} may not read tables or sequences, so neither the dump nor the copy nor the comparison could.`,
      },
      (table) =>
        `GRANT USAGE ON SCHEMA ${quoteIdentifier(table.schema)} TO ${quoteIdentifier(admin)}; GRANT SELECT ON ${table.kind === "sequence" ? "SEQUENCE " : ""}${qualified(table)} TO ${quoteIdentifier(admin)};`,
    ),
  ({ tables, admin }) =>
    finding(
      tables.filter(({ filtered }) => filtered),
      {
        code: "row-security-hides-rows",
        severity: "blocks",
        message: `Row security applies to role ${admin} on tables: rows that its policies hide would be left out of the copy without an error.`,
      },
      (table) =>
        table.member
          ? `ALTER TABLE ${qualified(table)} NO FORCE ROW LEVEL SECURITY; -- or: ALTER ROLE ${quoteIdentifier(admin)} BYPASSRLS;`
          : `GRANT ${quoteIdentifier(table.owner)} TO ${quoteIdentifier(admin)}; -- or: ALTER ROLE ${quoteIdentifier(admin)} BYPASSRLS;`,
    ),
  ({ tables }) => {
    const foreign = tables.filter(({ kind }) => kind === "foreign");
    if (foreign.length === 0) return undefined;
    return {
      code: "foreign-tables",
      severity: "warns",
      message:
        "Foreign tables hold no rows of their own: only their definition is carried, and Azure must reach the servers behind them.",
      objects: foreign.map(plainName),
      remedy: byDatabase(
        foreign,
        (table) => `DROP FOREIGN TABLE ${qualified(table)}; -- if the target shall go without it`,
      ),
    };
  },
];

/** What the tool can do about it itself, or take as it is: lines of a plan. */
function byThePlan(tables: readonly TableIn[]): string {
  // More would run off the screen; the objects above the remedy are written as a plan has them.
  const list = (chosen: readonly TableIn[]) => {
    const shown = chosen.slice(0, 3).map((table) => JSON.stringify(plainName(table)));
    return `[${[...shown, ...(chosen.length > shown.length ? ["..."] : [])].join(", ")}]`;
  };
  const comparable = tables.filter(({ incomparable }) => incomparable.length === 0);
  return [
    ...(comparable.length === 0
      ? []
      : [
          "-- or have it done, and undone, by a step of the plan before data-streaming:",
          "--   - id: source-prepared",
          "--     kind: source-prepared",
          `--     replicaIdentityFull: ${list(comparable)}`,
        ]),
    "-- or, where rows are only ever added, in this step of the plan:",
    `--   acceptInsertOnly: ${list(tables)}`,
  ].join("\n");
}

/** Asked in online mode only: what an offline copy takes whole, following may miss. */
export const followedTableChecks: readonly Check<TablesSeen>[] = [
  ({ tables, accepted, promised }) => {
    const without = tables.filter(
      (table) =>
        !table.identified &&
        !table.unlogged &&
        !accepted.includes(plainName(table)) &&
        !promised.includes(plainName(table)),
    );
    const found = finding(
      without,
      {
        code: "replica-identity-missing",
        severity: "blocks",
        message:
          "Tables have no usable replica identity: while Azure follows the source it replays only their inserts, so updates and deletes made meanwhile are lost or end the migration. Add a primary key, or FULL; or accept it in the plan: acceptInsertOnly.",
      },
      ({ incomparable, ...table }) =>
        incomparable.length === 0
          ? `ALTER TABLE ${qualified(table)} REPLICA IDENTITY FULL;`
          : `-- ALTER TABLE ${qualified(table)} ADD PRIMARY KEY (...); FULL would not do: ${incomparable.join(", ")} cannot be compared`,
    );
    return found && { ...found, remedy: `${found.remedy}\n${byThePlan(without)}` };
  },
  ({ tables, accepted, promised }) =>
    finding(
      tables.filter(
        (table) =>
          (table.byWholeRow || promised.includes(plainName(table))) &&
          table.incomparable.length > 0 &&
          !table.unlogged &&
          !accepted.includes(plainName(table)),
      ),
      {
        code: "replica-identity-incomparable",
        severity: "blocks",
        message:
          "Tables are followed by their whole row (REPLICA IDENTITY FULL), and have columns that cannot be compared for equality: their updates and deletes would fail on the target. Give them a key; or accept it in the plan: acceptInsertOnly.",
      },
      ({ incomparable, ...table }) =>
        `ALTER TABLE ${qualified(table)} REPLICA IDENTITY DEFAULT; -- with a primary key, because of ${incomparable.join(", ")}`,
    ),
  ({ tables, accepted }) =>
    finding(
      tables.filter(
        (table) => table.generatedIdentity.length > 0 && !accepted.includes(plainName(table)),
      ),
      {
        code: "replica-identity-generated",
        severity: "blocks",
        message:
          "Tables are followed by a key with a generated column, and PostgreSQL before 18 sends no generated columns: their updates and deletes would end the migration. Give them another key to be followed by; or accept it in the plan: acceptInsertOnly.",
      },
      ({ generatedIdentity, ...table }) =>
        `-- CREATE UNIQUE INDEX CONCURRENTLY ... ON ${qualified(table)} (columns other than ${generatedIdentity.join(", ")}, NOT NULL); ALTER TABLE ${qualified(table)} REPLICA IDENTITY USING INDEX ...;`,
    ),
  ({ tables, accepted, unread }) => {
    const known = new Set(tables.map(plainName));
    const gone = accepted.filter(
      (name) => !known.has(name) && !unread.some((database) => name.startsWith(`${database}.`)),
    );
    if (gone.length === 0) return undefined;
    return {
      code: "accepted-table-missing",
      severity: "warns",
      message: "acceptInsertOnly of the plan names tables that its databases do not have.",
      objects: gone,
      remedy: "Write them as `database.schema.table`, or take them out of the plan.",
    };
  },
  ({ tables }) =>
    finding(
      tables.filter(({ unlogged, kind }) => unlogged && kind === "table"),
      {
        code: "unlogged-tables",
        severity: "warns",
        message:
          "Unlogged tables write no log to follow: what is written to them after the copy has begun does not arrive on the target.",
      },
      (table) => `ALTER TABLE ${qualified(table)} SET LOGGED; -- rewrites the table`,
    ),
];
