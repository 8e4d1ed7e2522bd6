/**
 * The read-only default of a database: reading it, setting it, and setting it
 * back exactly. PostgreSQL applies role-in-database over role over database
 * settings, so a role that has its own is turned over too.
 */
import type pg from "pg";
import { quoteIdentifier, quoteLiteral } from "../../core/identifier.ts";

export const parameter = "default_transaction_read_only";

/** One `default_transaction_read_only` of pg_db_role_setting; null means "every". */
export interface ReadOnlySetting {
  readonly database: string | null;
  readonly role: string | null;
  readonly value: string;
}

export async function readSettings(
  client: pg.Client,
  databases: readonly string[],
): Promise<readonly ReadOnlySetting[]> {
  const { rows } = await client.query<{
    datname: string | null;
    rolname: string | null;
    value: string;
  }>(
    `SELECT d.datname, r.rolname, pg_catalog.split_part(c.setting, '=', 2) AS value
     FROM pg_catalog.pg_db_role_setting s
     LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
     LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
     CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(setting)
     WHERE c.setting LIKE 'default\\_transaction\\_read\\_only=%'
       AND (s.setdatabase = 0 OR d.datname = ANY ($1))
     ORDER BY 1 NULLS FIRST, 2 NULLS FIRST`,
    [databases],
  );
  return rows.map((row) => ({ database: row.datname, role: row.rolname, value: row.value }));
}

/** What PostgreSQL takes for true in a boolean parameter (parse_bool, PostgreSQL 9 to 18). */
function isOn(value: string): boolean {
  return ["on", "true", "yes", "1", "t", "y"].includes(value.toLowerCase());
}

/** Roles whose own setting beats a read-only default of the database. */
export function escaping(settings: readonly ReadOnlySetting[], database: string): string[] {
  const inDatabase = new Map(
    settings
      .filter((setting) => setting.database === database && setting.role !== null)
      .map((setting) => [setting.role, isOn(setting.value)]),
  );
  const roles = new Set(settings.flatMap(({ role }) => (role === null ? [] : [role])));
  return [...roles].filter((role) => {
    const here = inDatabase.get(role);
    if (here !== undefined) return !here;
    return settings.some(
      (setting) => setting.role === role && setting.database === null && !isOn(setting.value),
    );
  });
}

export function isReadOnly(settings: readonly ReadOnlySetting[], database: string): boolean {
  const own = settings.find((setting) => setting.database === database && setting.role === null);
  return own !== undefined && isOn(own.value) && escaping(settings, database).length === 0;
}

/** One transaction: a crash leaves it all or none. */
export async function refuseWrites(
  client: pg.Client,
  database: string,
  settings: readonly ReadOnlySetting[],
): Promise<void> {
  const statements = [
    set({ database, role: null, value: "on" }),
    ...escaping(settings, database).map((role) => set({ database, role, value: "on" })),
  ];
  await client.query(["BEGIN", ...statements, "COMMIT"].join(";\n"));
}

/**
 * The pre-image of a freeze that stands: our own setting is not part of it,
 * and a role's setting that somebody made since is.
 */
export function withNewcomers(
  before: readonly ReadOnlySetting[],
  now: readonly ReadOnlySetting[],
  database: string,
): readonly ReadOnlySetting[] {
  const newcomers = now.filter(
    ({ database: where, role, value }) =>
      where === database &&
      role !== null &&
      !isOn(value) &&
      !before.some((known) => known.database === where && known.role === role),
  );
  return [...before, ...newcomers];
}

/** From the settings now back to those before, touching this database's only. */
export function restoration(
  before: readonly ReadOnlySetting[],
  now: readonly ReadOnlySetting[],
  database: string,
): string[] {
  const ours = (setting: ReadOnlySetting) => setting.database === database;
  const same = (a: ReadOnlySetting) => (b: ReadOnlySetting) =>
    a.database === b.database && a.role === b.role;
  const reset = now.filter(ours).filter((setting) => !before.some(same(setting)));
  const back = before
    .filter(ours)
    .filter((setting) => now.find(same(setting))?.value !== setting.value);
  return [...reset.map((setting) => set({ ...setting, value: undefined })), ...back.map(set)];
}

export async function restore(client: pg.Client, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return;
  await client.query(["BEGIN", ...statements, "COMMIT"].join(";\n"));
}

function set(setting: {
  readonly database: string | null;
  readonly role: string | null;
  readonly value: string | undefined;
}): string {
  const { database, role, value } = setting;
  if (database === null) throw new Error("Only settings of one database are changed.");
  const what =
    value === undefined ? `RESET ${parameter}` : `SET ${parameter} = ${quoteLiteral(value)}`;
  return role === null
    ? `ALTER DATABASE ${quoteIdentifier(database)} ${what}`
    : `ALTER ROLE ${quoteIdentifier(role)} IN DATABASE ${quoteIdentifier(database)} ${what}`;
}
