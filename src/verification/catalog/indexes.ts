/**
 * Constraints and indexes of one side. SQL only.
 *
 * Those of a partitioned table are several: one of its own, which holds nothing,
 * and one of each partition, attached to it. It is valid once every partition has one.
 */
import { enforcementSql } from "./firing.ts";
import { listSql, onTableSql, qualifiedSql } from "./names.ts";
import type { CatalogQuery } from "./object.ts";
import { fromRelations, relation, userRelations } from "./scope.ts";

/** Of a pg_index `i` and its pg_class; null where there is none. */
const indexValidity = (index: string): string => `case
    when i.indisvalid and i.indisready then 'valid'
    when ${index}.relkind = 'I' then 'not valid on every partition'
    when ${index}.relkind = 'i' then 'invalid' end`;

/** The partitioned table's index that it is attached to. */
const attachedTo = (index: string): string => `case when ${index}.relispartition then (
    select ${qualifiedSql("hn.nspname", "hc.relname")}
    from pg_catalog.pg_inherits h join pg_catalog.pg_class hc on hc.oid = h.inhparent
      join pg_catalog.pg_namespace hn on hn.oid = hc.relnamespace
    where h.inhrelid = ${index}.oid) end`;

export const constraints: CatalogQuery = {
  kind: "constraint",
  subject: "constraints",
  // PostgreSQL 18 stores NOT NULL as constraints of type 'n'. The column's nullability says the same on
  // every version, but for what is new in 18: one that is not validated, or that children do not inherit.
  // A partition's copy of a foreign key is made with it, under another name on each server; its copy of a
  // key is an index of its own.
  sql: (
    ignored,
  ) => `select ${onTableSql("k.conname", "n.nspname", "c.relname")} as name, ${relation} as parent,
      pg_catalog.pg_get_constraintdef(k.oid) as definition,
      case when k.convalidated then coalesce(nullif(${indexValidity("ic")}, 'valid'), 'validated')
        else 'not valid' end as validity,
      case when k.condeferred then 'initially deferred' when k.condeferrable then 'deferrable' end as deferral,
      ${attachedTo("ic")} as attached_to,
      ${listSql("pg_catalog.unnest(ic.reloptions) o")} as options,
      coalesce(w.triggers, 'enabled') as enforcement
    from ${fromRelations} join pg_catalog.pg_constraint k on k.conrelid = c.oid
      left join pg_catalog.pg_index i on i.indexrelid = k.conindid and k.contype in ('p', 'u', 'x')
      left join pg_catalog.pg_class ic on ic.oid = i.indexrelid
      left join (${enforcementSql}) w on w.root = k.oid
    where (k.contype not in ('n', 't') or (k.contype = 'n' and (k.connoinherit or not k.convalidated)))
      and (k.conparentid = 0 or i.indexrelid is not null) and ${userRelations(ignored)}`,
};

export const indexes: CatalogQuery = {
  kind: "index",
  subject: "indexes",
  // An index that serves a constraint is part of it.
  sql: (
    ignored,
  ) => `select ${relation} as name, ${qualifiedSql("tn.nspname", "tc.relname")} as parent,
      pg_catalog.pg_get_indexdef(i.indexrelid) as definition,
      ${indexValidity("c")} as validity,
      ${attachedTo("c")} as attached_to
    from ${fromRelations} join pg_catalog.pg_index i on i.indexrelid = c.oid
    join pg_catalog.pg_class tc on tc.oid = i.indrelid
    join pg_catalog.pg_namespace tn on tn.oid = tc.relnamespace
    where not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
      and tc.relpersistence <> 't' and ${userRelations(ignored)}`,
};
