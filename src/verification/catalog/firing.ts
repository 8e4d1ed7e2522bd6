/**
 * Whether triggers fire, those included that the server makes by itself: a foreign
 * key is enforced by triggers on both of its tables, and `ALTER TABLE ... DISABLE
 * TRIGGER ALL` switches them off while the constraint stays "validated". pg_dump
 * does not carry their state. SQL only.
 *
 * Internal triggers are told by their constraint, because their names hold oids.
 * Both queries start from the few triggers that are not as they are made.
 */
import { qualifiedSql } from "./names.ts";

/** Of tgenabled and ev_enabled. */
export const firingSql = (enabled: string): string => `case ${enabled} when 'O' then 'enabled'
    when 'D' then 'disabled' when 'R' then 'replica only' else 'always' end`;

const onTable = `join pg_catalog.pg_class c on c.oid = u.tgrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace`;
const table = qualifiedSql("n.nspname", "c.relname");

/** By constraint, `root`, those of its partitions included (their constraints have it as conparentid). */
export const enforcementSql = `with recursive up as (
    select g.tgconstraint as root, g.tgrelid, g.tgenabled, g.tgtype
      from pg_catalog.pg_trigger g
      where g.tgisinternal and g.tgconstraint <> 0 and g.tgenabled <> 'O'
    union all
    select k.conparentid, u.tgrelid, u.tgenabled, u.tgtype
      from up u join pg_catalog.pg_constraint k on k.oid = u.root where k.conparentid <> 0)
  select u.root, pg_catalog.string_agg(distinct (${firingSql("u.tgenabled")} || ' for '
      || pg_catalog.concat_ws(' or ', case when u.tgtype & 4 <> 0 then 'insert' end,
        case when u.tgtype & 8 <> 0 then 'delete' end, case when u.tgtype & 16 <> 0 then 'update' end)
      || ' on ' || ${table}) collate pg_catalog."C", ', ') as triggers
    from up u ${onTable} group by u.root`;

/** By the partitioned table's trigger, `root`: of partitions whose copy fires otherwise. */
export const firingOfPartitionsSql = `with recursive up as (
    select g.tgparentid as root, g.tgrelid, g.tgenabled from pg_catalog.pg_trigger g where g.tgparentid <> 0
    union all
    select p.tgparentid, u.tgrelid, u.tgenabled
      from up u join pg_catalog.pg_trigger p on p.oid = u.root where p.tgparentid <> 0)
  select u.root, pg_catalog.string_agg(${firingSql("u.tgenabled")} || ' on ' || ${table}, ', '
      order by n.nspname, c.relname) as firing
    from up u join pg_catalog.pg_trigger r on r.oid = u.root and r.tgparentid = 0 and r.tgenabled <> u.tgenabled
      ${onTable} group by u.root`;
