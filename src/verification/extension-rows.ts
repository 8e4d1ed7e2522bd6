/**
 * Rows that people added to an extension's own tables: `spatial_ref_sys`,
 * `cron.job`. A dump carries those that the extension has marked
 * (pg_extension.extconfig and extcondition); replication does not, and nothing
 * here compares them. They are named, so that somebody looks.
 */
import { qualifiedSql } from "./catalog/names.ts";
import { userNamespaces } from "./catalog/scope.ts";
import type { Difference, Unchecked } from "./report.ts";
import { tried } from "./side-facts.ts";
import type { SideSnapshot } from "./side-snapshot.ts";

/**
 * By size, which needs no right on the table: one that never had a row has none. Asked
 * of these tables alone: it takes a lock, and waits where somebody holds another one.
 */
const sql = (ignored: readonly string[]): string => `with marked as materialized (
    select c.oid, ${qualifiedSql("n.nspname", "c.relname")} as name, e.extname as extension
    from pg_catalog.pg_extension e cross join lateral pg_catalog.unnest(e.extconfig) t(oid)
      join pg_catalog.pg_class c on c.oid = t.oid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and ${userNamespaces("n", ignored)})
  select m.name, m.extension from marked m where pg_catalog.pg_relation_size(m.oid) > 0 order by 1`;

export async function extensionRows(
  source: SideSnapshot,
  ignoredSchemas: readonly string[],
  unchecked: Unchecked[],
): Promise<Difference[]> {
  const rows = await tried(source, "tables of extensions", unchecked, () =>
    source.read(sql(ignoredSchemas)),
  );
  return (rows ?? []).map(({ name, extension }) => ({
    code: "extension-rows-not-compared",
    object: name ?? "",
    weight: "warns",
    source: `of the extension ${extension ?? ""}`,
    target: null,
  }));
}
