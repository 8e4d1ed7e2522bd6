/**
 * Transactions of others that write on the target while its manifest is made. What they
 * insert and update is told later by their ids; what they delete is not: it is counted
 * as an application's. Nobody should write there yet, so they are named.
 */
import { uncheckedBecause } from "../failure.ts";
import type { Difference } from "../report.ts";
import type { SideSnapshot } from "../side-snapshot.ts";

/** A transaction that has an id has written; who is behind it, a user's session has alone. */
const writersSql = `select 'process ' || l.pid as writer
    from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted
      and a.usesysid is not null and not a.pid = any ($1::pg_catalog.int4[])
      and a.datname = pg_catalog.current_database()
  union all
  select 'prepared transaction ' || x.gid from pg_catalog.pg_prepared_xacts x
    where x.database = pg_catalog.current_database()
  order by 1`;

export async function transactionsUnderWay(target: SideSnapshot): Promise<Difference[]> {
  try {
    const rows = await target.read(writersSql, [`{${target.pids().join(",")}}`]);
    if (rows.length === 0) return [];
    const writers = rows.map(({ writer }) => writer ?? "").join(", ");
    return [
      {
        code: "transactions-under-way",
        object: "the target",
        weight: "warns",
        source: null,
        target: writers,
      },
    ];
  } catch (error) {
    // One more word for people: the comparison is worth as much without.
    uncheckedBecause("target", "transactions under way", error);
    return [];
  }
}
