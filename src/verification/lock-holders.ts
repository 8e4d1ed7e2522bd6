/** Who keeps a table locked, so that it cannot be read. */
import { qualifiedSql } from "./catalog/names.ts";
import { lockNotHad, uncheckedBecause } from "./failure.ts";
import type { Unchecked } from "./report.ts";
import type { Reader, SideLabel } from "./side.ts";

const holdersSql = `select distinct l.pid::pg_catalog.text as pid, ${qualifiedSql("n.nspname", "c.relname")} as name
  from pg_catalog.pg_locks l
  join pg_catalog.pg_class c on c.oid = l.relation
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where l.locktype = 'relation' and l.granted and l.mode = 'AccessExclusiveLock' and c.relkind <> 'i'
    and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
    and ($1::pg_catalog.text is null or l.relation = pg_catalog.to_regclass($1))
  order by 1, 2 limit 3`;

/**
 * What could not be read because of a lock, with who held one then, as far as
 * the server tells. `table`: the only one that it can have been.
 */
export async function withHolders(
  side: Reader & { readonly label: SideLabel },
  unchecked: Unchecked,
  table?: string,
): Promise<Unchecked> {
  if (unchecked.sqlstate !== lockNotHad) return unchecked;
  try {
    const rows = await side.read(holdersSql, [table ?? null]);
    const held = rows.map(({ pid, name }) => `process ${pid} of the server held ${name}`);
    if (held.length === 0) return unchecked;
    const reason = `${unchecked.reason}; ${held.join(", ")} then (pg_stat_activity tells who it is)`;
    return { ...unchecked, reason };
  } catch (error) {
    // It is one more word for people: without it as much is unchecked as with it.
    uncheckedBecause(side.label, unchecked.object, error);
    return unchecked;
  }
}
