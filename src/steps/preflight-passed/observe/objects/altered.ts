/** Objects that are carried, but not as they are on the source, or that hold up what carries them. SQL only. */
import { identityOf, ofNoExtension, ofUsers, type ObjectQuery } from "./scope.ts";

const userRelations = `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;
const ofUserRelations = `c.relpersistence <> 't' AND ${ofUsers("n")} AND ${ofNoExtension("pg_class", "c.oid")}`;

export const altered = {
  tablespace: {
    sql: `SELECT ${identityOf("pg_class", "c.oid")} AS name, s.spcname AS detail
      FROM ${userRelations} JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
      WHERE s.spcname !~ '^pg_' AND ${ofUserRelations}`,
  },
  "detach-pending": {
    since: 140_000,
    sql: `SELECT ${identityOf("pg_class", "c.oid")} AS name, ${identityOf("pg_class", "i.inhparent")} AS detail
      FROM ${userRelations} JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid AND i.inhdetachpending
      WHERE ${ofUserRelations}`,
  },
  "materialized-view": {
    sql: `SELECT ${identityOf("pg_class", "c.oid")} AS name, NULL AS detail FROM ${userRelations}
      WHERE c.relkind = 'm' AND c.relispopulated AND ${ofUserRelations}`,
  },
  "trigger-on-replica": {
    sql: `SELECT pg_catalog.quote_ident(t.tgname) AS name, ${identityOf("pg_class", "c.oid")} AS detail
      FROM ${userRelations} JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid
      WHERE NOT t.tgisinternal AND t.tgenabled IN ('A', 'R') AND c.relkind = 'r' AND ${ofUserRelations}`,
  },
  /** Their text does not name one object: a function by its name alone, a role that may be missing. */
  "reg-column": {
    sql: `SELECT pg_catalog.format('%s ALTER COLUMN %I', ${identityOf("pg_class", "c.oid")}, a.attname) AS name,
        a.atttypid::pg_catalog.regtype AS detail
      FROM ${userRelations} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      WHERE c.relkind = 'r' AND a.atttypid::pg_catalog.regtype::text IN ('regproc', 'regoper', 'regrole', 'aclitem') AND ${ofUserRelations}`,
  },
  /** In use by a column, an index or a domain, and PostgreSQL's own; those of users are found elsewhere. */
  collation: {
    sql: `SELECT DISTINCT k.collname AS name, pg_catalog.to_jsonb(k) ->> 'collversion' AS detail
      FROM (SELECT a.attcollation AS oid FROM ${userRelations} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
          WHERE a.attcollation <> 0 AND ${ofUserRelations}
        UNION SELECT t.typcollation FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
          WHERE t.typcollation <> 0 AND ${ofUsers("n")} AND ${ofNoExtension("pg_type", "t.oid")}) used
        JOIN pg_catalog.pg_collation k ON k.oid = used.oid JOIN pg_catalog.pg_namespace n ON n.oid = k.collnamespace
      WHERE n.nspname = 'pg_catalog' AND k.collname NOT IN ('default', 'C', 'POSIX')`,
  },
  /** Rows in tables that an extension made: `own`, or `configuration`, which pg_dump takes along. */
  "extension-rows": {
    sql: `SELECT ${identityOf("pg_class", "c.oid")} AS name,
        e.extname || CASE WHEN c.oid = ANY (e.extconfig) THEN ' configuration' ELSE ' own' END AS detail
      FROM ${userRelations}
        JOIN pg_catalog.pg_depend d ON d.deptype = 'e' AND d.objid = c.oid
          AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
        JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
      WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND CASE
        WHEN NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')) THEN false
        WHEN pg_catalog.pg_relation_size(c.oid) = 0 THEN false
        ELSE pg_catalog.query_to_xml(pg_catalog.format('SELECT 1 FROM ONLY %I.%I %s LIMIT 1', n.nspname, c.relname,
          e.extcondition[pg_catalog.array_position(e.extconfig, c.oid)]), false, false, '')::text ~ '<row>' END`,
  },
  setting: {
    sql: `SELECT pg_catalog.split_part(s.setting, '=', 1) AS name, r.rolname AS detail
      FROM pg_catalog.pg_db_role_setting d CROSS JOIN LATERAL pg_catalog.unnest(d.setconfig) AS s(setting)
        LEFT JOIN pg_catalog.pg_roles r ON r.oid = d.setrole
      WHERE d.setdatabase IN (0, (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database()))
        AND (d.setdatabase <> 0 OR r.rolname = ANY ($2))`,
  },
} as const satisfies Readonly<Record<string, ObjectQuery>>;
