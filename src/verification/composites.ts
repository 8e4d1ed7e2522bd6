/**
 * What the composite types are made of that a table's columns have, in arrays, domains,
 * ranges and other composites too: their rows print otherwise once an attribute is added
 * or dropped, and nothing of the table's own moves. SQL only.
 */

/**
 * `tables` gives a column `oid` of pg_class; all of its columns, and `composites`: a
 * text to compare on one server, empty without any.
 */
export function withComposites(tables: string): string {
  return `with recursive reach(relid, typid) as (
      select a.attrelid, a.atttypid from pg_catalog.pg_attribute a
        where a.attnum > 0 and not a.attisdropped and a.atttypid >= 16384
      union
      select r.relid, inner_type.oid from reach r join pg_catalog.pg_type t on t.oid = r.typid
        cross join lateral (
          select t.typelem as oid union all select t.typbasetype
          union all select g.rngsubtype from pg_catalog.pg_range g where g.rngtypid = t.oid or g.rngmultitypid = t.oid
          union all select a.atttypid from pg_catalog.pg_attribute a
            where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
        ) inner_type where inner_type.oid >= 16384),
    made_of as (
      select r.relid, pg_catalog.hashtextextended(pg_catalog.string_agg(pg_catalog.concat_ws(' ', t.oid, c.relnatts, (
          select pg_catalog.string_agg(a.attnum::pg_catalog.text, ',' order by a.attnum) from pg_catalog.pg_attribute a
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)), ';' order by t.oid), 0)::pg_catalog.text as composites
      from reach r join pg_catalog.pg_type t on t.oid = r.typid and t.typtype = 'c'
        join pg_catalog.pg_class c on c.oid = t.typrelid
      group by r.relid)
    select x.*, coalesce(m.composites, '') as composites from (${tables}) x left join made_of m on m.relid = x.oid`;
}
