/**
 * Who owns what, who may do what, and which settings a database has: read in
 * the same words on both sides, so that they can be compared. Reads only.
 */
import type pg from "pg";
import {
  accessObjects,
  changedRightsSql,
  defaultPrivilegesSql,
  grantsSql,
  settingsSql,
} from "../../verification/index.ts";

export type ObjectKind =
  | "table"
  | "view"
  | "materialized view"
  | "foreign table"
  | "sequence"
  | "routine"
  | "schema"
  | "type"
  | "database";

export interface Owned {
  readonly kind: ObjectKind;
  /** Quoted and qualified, as `pg_identify_object` writes it. */
  readonly object: string;
  /** As a comparison names it. */
  readonly name: string;
  /** Quoted; null for schemas and databases. */
  readonly schema: string | null;
  readonly owner: string;
  /** Its owner follows another object's (a serial's sequence, a table's row type). */
  readonly dependent: boolean;
}

export interface Granted {
  readonly kind: ObjectKind;
  readonly object: string;
  readonly name: string;
  /** Quoted column, for a column's privilege. */
  readonly column: string | null;
  /** Empty for PUBLIC. */
  readonly grantee: string;
  readonly privilege: string;
  readonly grantable: boolean;
  readonly owner: string;
}

/** A right on a member of an extension that is not as the extension makes it. */
export interface MemberRight extends Omit<Granted, "owner"> {
  /** Who had it at first has it no more. */
  readonly revoked: boolean;
}

export interface DefaultGrant {
  readonly creator: string;
  readonly schema: string | null;
  /** `TABLES`, `SEQUENCES`, `FUNCTIONS`, `TYPES`, `SCHEMAS`. */
  readonly objects: string;
  readonly grantee: string;
  readonly privilege: string;
  readonly grantable: boolean;
  /** What everyone has by default is taken away. */
  readonly revoked: boolean;
}

export interface Setting {
  /** Null for every role. */
  readonly role: string | null;
  /** In every database, not in this one alone. */
  readonly everywhere: boolean;
  readonly name: string;
  readonly value: string;
}

export interface AccessFacts {
  readonly owned: readonly Owned[];
  readonly granted: readonly Granted[];
  readonly members: readonly MemberRight[];
  readonly defaults: readonly DefaultGrant[];
  readonly settings: readonly Setting[];
}

const identity = (of: string): string =>
  `(pg_identify_object(${of}.classid, ${of}.oid, 0)).identity AS object`;

const ownedQuery = `SELECT o.kind, ${identity("o")}, o.name, quote_ident(n.nspname) AS schema,
    pg_get_userbyid(o.owner) AS owner, o.dependent
  FROM (${accessObjects([])}) o LEFT JOIN pg_namespace n ON n.oid = o.nsp`;

const grantedQuery = `SELECT g.kind, ${identity("g")}, g.name, quote_ident(g."column") AS "column",
    g.grantee, g.privilege, g.grantable, g.owner
  FROM (${grantsSql([])}) g WHERE NOT g.owners`;

const membersQuery = `SELECT g.kind, ${identity("g")}, g.name, quote_ident(g."column") AS "column",
    g.grantee, g.privilege, g.grantable, g.revoked
  FROM (${changedRightsSql([])}) g WHERE g.extension IS NOT NULL`;

const defaultsQuery = `SELECT d.creator, d.schema, d.objects, d.grantee, d.privilege,
    d.grantable, d.revoked
  FROM (${defaultPrivilegesSql([])}) d`;

export async function readAccess(client: pg.Client): Promise<AccessFacts> {
  // With nothing but pg_catalog in the path every identity comes out qualified.
  await client.query("SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)");
  const owned = await client.query<Owned>(ownedQuery);
  const granted = await client.query<Granted>(grantedQuery);
  const members = await client.query<MemberRight>(membersQuery);
  const defaults = await client.query<DefaultGrant>(defaultsQuery);
  const settings = await client.query<Setting>(settingsSql);
  return {
    owned: owned.rows,
    granted: granted.rows,
    members: members.rows,
    defaults: defaults.rows,
    settings: settings.rows,
  };
}
