/** What a catalog query leaves out: the server's own objects, an extension's, and this tool's. SQL only. */

/** `$1` is the tool's own schema. */
export function ofUsers(namespace: string): string {
  return `${namespace}.nspname !~ '^pg_' AND ${namespace}.nspname NOT IN ('information_schema', $1)`;
}

export function ofNoExtension(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.deptype = 'e' AND x.objid = ${oid}
      AND x.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass)`;
}

/** Qualified and quoted, whatever the session's search_path. */
export function identityOf(catalog: string, oid: string): string {
  return `(pg_catalog.pg_identify_object('pg_catalog.${catalog}'::pg_catalog.regclass, ${oid}, 0)).identity`;
}

export interface ObjectQuery {
  /** Major version times 10,000: what it reads came with that one. */
  readonly since?: number;
  /** Columns `name` and `detail`. */
  readonly sql: string;
}
