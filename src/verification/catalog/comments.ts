/**
 * Comments of one side, under the name of what they are on: `table "s"."t"`.
 * SQL only.
 *
 * Each part starts at pg_description and not at the objects: few of them have a
 * comment, and those of the server's own are left out by their oid.
 */
import { comesWithType, functionName } from "./definitions.ts";
import { onTableSql, qualifiedSql, quotedSql } from "./names.ts";
import type { CatalogQuery, ObjectKind } from "./object.ts";
import { ignoredNames, notExtensionMember, userNamespaces } from "./scope.ts";

interface Commented {
  readonly catalog: string;
  /** As COMMENT ON calls it. */
  readonly label: string;
  /** The object's name as its own kind writes it. */
  readonly object: string;
  /** Its kind, where `parent` has that before the name. Without the object the comment is not reported. */
  readonly kind?: ObjectKind;
  readonly join: string;
  /** Of `n`, the object's schema; without it the object lies in none. */
  readonly where?: string;
  /** Where the service makes the object by itself, or no dump carries the comment: it does not name the object. */
  readonly mayBeCosmetic?: string;
}

const inSchema = (schema: string): string => `join pg_catalog.pg_namespace n on n.oid = ${schema}`;
const onTable = (oid: string): string =>
  `join pg_catalog.pg_class c on c.oid = ${oid} ${inSchema("c.relnamespace")}`;

const relation = qualifiedSql("n.nspname", "c.relname");

const parts: readonly Commented[] = [
  {
    catalog: "pg_class",
    label: `case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
      when 'i' then 'index' when 'I' then 'index' when 'f' then 'foreign table' else 'table' end`,
    object: relation,
    join: onTable("d.objoid"),
    where: "d.objsubid = 0",
  },
  {
    catalog: "pg_class",
    label: "'column'",
    object: `${relation} || '.' || ${quotedSql("a.attname")}`,
    join: `${onTable("d.objoid")} join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid`,
    where: "d.objsubid > 0 and not a.attisdropped",
  },
  {
    catalog: "pg_constraint",
    label: "'constraint'",
    object: onTableSql("k.conname", "n.nspname", "c.relname"),
    kind: "constraint",
    join: `join pg_catalog.pg_constraint k on k.oid = d.objoid ${onTable("k.conrelid")}`,
    where: "k.contype <> 'n'",
    mayBeCosmetic: `k.contype = 't' or (k.contype = 'c' and not k.conislocal) or (k.contype = 'f' and k.conparentid <> 0)`,
  },
  {
    catalog: "pg_constraint",
    label: "'constraint'",
    object: onTableSql("k.conname", "n.nspname", "t.typname"),
    kind: "constraint",
    join: `join pg_catalog.pg_constraint k on k.oid = d.objoid
      join pg_catalog.pg_type t on t.oid = k.contypid ${inSchema("t.typnamespace")}`,
    where: "k.contype <> 'n'",
  },
  {
    catalog: "pg_trigger",
    label: "'trigger'",
    object: onTableSql("g.tgname", "n.nspname", "c.relname"),
    kind: "trigger",
    join: `join pg_catalog.pg_trigger g on g.oid = d.objoid ${onTable("g.tgrelid")}`,
    mayBeCosmetic: "g.tgparentid <> 0",
  },
  {
    catalog: "pg_rewrite",
    label: "'rule'",
    object: onTableSql("r.rulename", "n.nspname", "c.relname"),
    kind: "rule",
    join: `join pg_catalog.pg_rewrite r on r.oid = d.objoid ${onTable("r.ev_class")}`,
    mayBeCosmetic: "r.rulename = '_RETURN'",
  },
  {
    catalog: "pg_policy",
    label: "'policy'",
    object: onTableSql("p.polname", "n.nspname", "c.relname"),
    kind: "policy",
    join: `join pg_catalog.pg_policy p on p.oid = d.objoid ${onTable("p.polrelid")}`,
  },
  {
    catalog: "pg_proc",
    label: "case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end",
    object: functionName,
    join: `join pg_catalog.pg_proc p on p.oid = d.objoid ${inSchema("p.pronamespace")}`,
    mayBeCosmetic: comesWithType,
  },
  {
    catalog: "pg_type",
    label: "case t.typtype when 'd' then 'domain' else 'type' end",
    object: qualifiedSql("n.nspname", "t.typname"),
    kind: "type",
    join: `join pg_catalog.pg_type t on t.oid = d.objoid ${inSchema("t.typnamespace")}`,
    // A multirange, an array, the rows of a table.
    mayBeCosmetic: `t.typtype = 'm' or exists (select from pg_catalog.pg_type e where e.typarray = t.oid)
      or exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind <> 'c')`,
  },
  {
    catalog: "pg_statistic_ext",
    label: "'statistics'",
    object: qualifiedSql("n.nspname", "s.stxname"),
    kind: "statistics",
    join: `join pg_catalog.pg_statistic_ext s on s.oid = d.objoid ${inSchema("s.stxnamespace")}`,
  },
  {
    catalog: "pg_namespace",
    label: "'schema'",
    object: quotedSql("n.nspname"),
    join: inSchema("d.objoid"),
    mayBeCosmetic: "n.nspname = 'public'",
  },
];

/** The lowest oid of what people made (FirstNormalObjectId); the schema `public` alone has a lower one. */
const madeByPeople =
  "(d.objoid >= 16384 or d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)";

function commentsOf(part: Commented, ignored: readonly string[]): string {
  const { catalog, label, object, kind, join, where = "true", mayBeCosmetic = "false" } = part;
  return `select ${label} as label, ${object} as object,
      ${kind === undefined ? "" : `'${kind} ' || `}${object} as parent, d.description as text,
      case when ${mayBeCosmetic} then 'yes' end as may_be_cosmetic
    from pg_catalog.pg_description d ${join}
    where d.classoid = 'pg_catalog.${catalog}'::pg_catalog.regclass and ${madeByPeople} and ${where}
      and ${userNamespaces("n", ignored)} and ${notExtensionMember(catalog, "d.objoid")}`;
}

/**
 * Casts, operators, text search and the like; and what the service makes by
 * itself or leaves behind: extensions bring their comment, event triggers and
 * publications are not carried. Subscriptions are not compared.
 */
const elsewhere = (ignored: readonly string[]): string => `
  select i.type as label, i.identity as object, null as parent, d.description as text,
      case when i.type in ('extension', 'event trigger', 'publication') then 'yes' end as may_be_cosmetic
    from pg_catalog.pg_description d
      cross join lateral pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
    where d.objoid >= 16384 and d.classoid not in (${[
      ...new Set(parts.map(({ catalog }) => catalog)),
      "pg_largeobject",
      "pg_subscription",
    ]
      .map((catalog) => `'pg_catalog.${catalog}'::pg_catalog.regclass`)
      .join(", ")})
      and coalesce(i.schema, '') not in (${ignoredNames(ignored)})
      and not exists (select from pg_catalog.pg_depend x
        where x.classid = d.classoid and x.objid = d.objoid and x.deptype = 'e')`;

/** pg_dump carries it only with the database itself, and the service makes that. */
const ofDatabase = `
  select 'database', null, null, d.description, 'yes' from pg_catalog.pg_shdescription d
    where d.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
      and d.objoid = (select b.oid from pg_catalog.pg_database b where b.datname = pg_catalog.current_database())`;

export const comments: CatalogQuery = {
  kind: "comment",
  subject: "comments",
  sql: (ignored) => `select pg_catalog.concat_ws(' ', o.label, o.object) as name, o.parent,
      o.text, o.may_be_cosmetic
    from (${[...parts.map((part) => commentsOf(part, ignored)), elsewhere(ignored), ofDatabase].join(" union all ")}) o`,
};
