/** Objects that a copy by an ordinary role leaves out, or stops at. SQL only. */
import { identityOf, ofNoExtension, ofUsers, type ObjectQuery } from "./scope.ts";

export const uncarried = {
  publication: {
    since: 100_000,
    sql: `SELECT pg_catalog.quote_ident(p.pubname) AS name, NULL AS detail FROM pg_catalog.pg_publication p
      WHERE ${ofNoExtension("pg_publication", "p.oid")}`,
  },
  subscription: {
    since: 100_000,
    sql: `SELECT pg_catalog.quote_ident(s.subname) AS name, CASE WHEN s.subenabled THEN 'enabled' ELSE 'disabled' END AS detail
      FROM pg_catalog.pg_subscription s
      WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())`,
  },
  /** pg_dump leaves indexes out that are not valid, so that the target would not have them. */
  "invalid-index": {
    sql: `SELECT ${identityOf("pg_class", "c.oid")} AS name, ${identityOf("pg_class", "i.indrelid")} AS detail
      FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i'
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT i.indisvalid AND c.relpersistence <> 't' AND ${ofUsers("n")} AND ${ofNoExtension("pg_class", "i.indrelid")}`,
  },
  "large-object-owner": {
    sql: `SELECT o.rolname AS name, pg_catalog.count(*) AS detail
      FROM pg_catalog.pg_largeobject_metadata m JOIN pg_catalog.pg_roles o ON o.oid = m.lomowner
      WHERE NOT pg_catalog.pg_has_role(m.lomowner, 'USAGE') AND NOT EXISTS (
        SELECT FROM pg_catalog.aclexplode(m.lomacl) a WHERE a.privilege_type = 'SELECT'
          AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))
      GROUP BY o.rolname`,
  },
} as const satisfies Readonly<Record<string, ObjectQuery>>;
