/**
 * Who owns what, who may do what, and which settings a database has: read in
 * the same words on both sides, so that they can be compared. Reads only.
 */
import type pg from "pg";

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
  /** Quoted; null for schemas and databases. */
  readonly schema: string | null;
  readonly owner: string;
  /** Its owner follows another object's (a serial's sequence, a table's row type). */
  readonly dependent: boolean;
}

export interface Granted {
  readonly kind: ObjectKind;
  readonly object: string;
  /** Quoted column, for a column's privilege. */
  readonly column: string | null;
  /** Empty for PUBLIC. */
  readonly grantee: string;
  readonly privilege: string;
  readonly grantable: boolean;
  readonly owner: string;
}

export interface DefaultGrant {
  readonly creator: string;
  readonly schema: string | null;
  /** `TABLES`, `SEQUENCES`, `FUNCTIONS`, `TYPES`, `SCHEMAS`. */
  readonly objects: string;
  readonly grantee: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

export interface Setting {
  /** Null for the database itself. */
  readonly role: string | null;
  /** The role has it in every database, not in this one alone. */
  readonly everywhere: boolean;
  readonly name: string;
  readonly value: string;
}

export interface AccessFacts {
  readonly owned: readonly Owned[];
  readonly granted: readonly Granted[];
  readonly defaults: readonly DefaultGrant[];
  readonly settings: readonly Setting[];
}

const systemSchemas = "('pg_catalog', 'information_schema', 'pg_toast', 'opensauced_migrate')";

/** Objects that an extension made belong to it, and are made by it on the other side. */
const objects = `
  SELECT 'pg_class'::regclass::oid AS classid, c.oid, c.relowner AS owner, n.oid AS nsp,
    CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view'
      WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' END AS kind,
    COALESCE(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS acl,
    EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
      AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND c.relkind = 'S') AS dependent
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't' AND n.nspname NOT IN ${systemSchemas}
  UNION ALL
  SELECT 'pg_proc'::regclass::oid, p.oid, p.proowner, n.oid, 'routine',
    COALESCE(p.proacl, acldefault('f', p.proowner)), false
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname NOT IN ${systemSchemas}
  UNION ALL
  SELECT 'pg_namespace'::regclass::oid, n.oid, n.nspowner, NULL, 'schema',
    COALESCE(n.nspacl, acldefault('n', n.nspowner)), false
  FROM pg_namespace n WHERE n.nspname NOT IN ${systemSchemas} AND n.nspname !~ '^pg_(toast_)?temp_'
  UNION ALL
  SELECT 'pg_type'::regclass::oid, t.oid, t.typowner, n.oid, 'type',
    COALESCE(t.typacl, acldefault('T', t.typowner)), false
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname NOT IN ${systemSchemas} AND t.typtype IN ('e', 'd', 'r', 'c') AND t.typelem = 0
    AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
  UNION ALL
  SELECT 'pg_database'::regclass::oid, d.oid, d.datdba, NULL, 'database',
    COALESCE(d.datacl, acldefault('d', d.datdba)), false
  FROM pg_database d WHERE d.datname = current_database()`;

/** The constructors of a range type come with the type, and belong to the server (makeRangeConstructors). */
const notOfExtension = `NOT EXISTS (SELECT FROM pg_depend e
  WHERE e.classid = o.classid AND e.objid = o.oid
    AND (e.deptype = 'e' OR e.deptype = 'i' AND o.kind = 'routine'))`;

const ownedQuery = `SELECT o.kind, (pg_identify_object(o.classid, o.oid, 0)).identity AS object,
    quote_ident(n.nspname) AS schema, pg_get_userbyid(o.owner) AS owner, o.dependent
  FROM (${objects}) o LEFT JOIN pg_namespace n ON n.oid = o.nsp WHERE ${notOfExtension}`;

const grantedQuery = `SELECT o.kind, (pg_identify_object(o.classid, o.oid, 0)).identity AS object, NULL AS column,
    CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee) END AS grantee,
    a.privilege_type AS privilege, a.is_grantable AS grantable, pg_get_userbyid(o.owner) AS owner
  FROM (${objects}) o CROSS JOIN LATERAL aclexplode(o.acl) a
  WHERE ${notOfExtension} AND a.grantee <> o.owner
  UNION ALL
  SELECT 'table', (pg_identify_object('pg_class'::regclass, c.oid, 0)).identity, quote_ident(t.attname),
    CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee) END,
    a.privilege_type, a.is_grantable, pg_get_userbyid(c.relowner)
  FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL aclexplode(t.attacl) a
  WHERE t.attacl IS NOT NULL AND NOT t.attisdropped AND n.nspname NOT IN ${systemSchemas} AND a.grantee <> c.relowner`;

const defaultsQuery = `SELECT pg_get_userbyid(d.defaclrole) AS creator, quote_ident(n.nspname) AS schema,
    CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
      WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' END AS objects,
    CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee) END AS grantee,
    a.privilege_type AS privilege, a.is_grantable AS grantable
  FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
    CROSS JOIN LATERAL aclexplode(d.defaclacl) a
  WHERE d.defaclobjtype IN ('r', 'S', 'f', 'T', 'n') AND a.grantee <> d.defaclrole`;

/** The freeze's own parameter is left out: it is not the database's, and it must not travel. */
const settingsQuery = `SELECT r.rolname AS role, d.setdatabase = 0 AS everywhere, split_part(s.setting, '=', 1) AS name,
    substr(s.setting, strpos(s.setting, '=') + 1) AS value
  FROM pg_db_role_setting d CROSS JOIN LATERAL unnest(d.setconfig) AS s(setting)
    LEFT JOIN pg_roles r ON r.oid = d.setrole
  WHERE (d.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
      OR d.setdatabase = 0 AND d.setrole <> 0)
    AND split_part(s.setting, '=', 1) <> 'default_transaction_read_only'`;

export async function readAccess(client: pg.Client): Promise<AccessFacts> {
  // With nothing but pg_catalog in the path every identity comes out qualified.
  await client.query("SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)");
  const owned = await client.query<Owned>(ownedQuery);
  const granted = await client.query<Granted>(grantedQuery);
  const defaults = await client.query<DefaultGrant>(defaultsQuery);
  const settings = await client.query<Setting>(settingsQuery);
  return {
    owned: owned.rows,
    granted: granted.rows,
    defaults: defaults.rows,
    settings: settings.rows,
  };
}
