/** What the target's server has to offer: collations, extensions, parameters that its admin may set. Reads only. */
import type pg from "pg";

export interface TargetOffers {
  /** PostgreSQL's own by name, with the version of the library behind each; null: it has none. */
  readonly collations: ReadonlyMap<string, string | null>;
  /** Every version that can be created. */
  readonly extensions: ReadonlyMap<string, readonly string[]>;
  /** Lower-case names. */
  readonly settable: ReadonlySet<string>;
}

interface Row {
  readonly collations: readonly (readonly [string, string | null])[];
  readonly extensions: readonly (readonly [string, readonly string[]])[];
  readonly settable: readonly string[];
}

// Single parameters can be granted since PostgreSQL 15; a function that is missing is an error even where it is not called.
const offers = (versionNum: number) => `SELECT
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(c.collname, pg_catalog.to_jsonb(c) ->> 'collversion'))
    FROM pg_catalog.pg_collation c WHERE c.collnamespace = 'pg_catalog'::pg_catalog.regnamespace) AS collations,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(e.name, e.versions)) FROM (
    SELECT v.name, pg_catalog.array_agg(v.version) AS versions
    FROM pg_catalog.pg_available_extension_versions v GROUP BY v.name) e) AS extensions,
  (SELECT pg_catalog.json_agg(pg_catalog.lower(s.name)) FROM pg_catalog.pg_settings s
    WHERE s.context IN ('user', 'backend')
      OR (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER)
      ${versionNum >= 150_000 ? "OR pg_catalog.has_parameter_privilege(s.name, 'SET')" : ""}) AS settable`;

export async function readOffers(client: pg.Client, versionNum: number): Promise<TargetOffers> {
  const { rows } = await client.query<Row>(offers(versionNum));
  const [row] = rows;
  if (row === undefined) throw new Error("A query of one row gave none.");
  return {
    collations: new Map(row.collations),
    extensions: new Map(row.extensions),
    settable: new Set(row.settable),
  };
}
