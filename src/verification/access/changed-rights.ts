/**
 * Rights on what the server itself or an extension made, where they are not those that
 * it was made with: that is what a dump carries of them. SQL only.
 */
import { qualifiedSql, quotedSql } from "../catalog/names.ts";
import { ignoredNames } from "../catalog/scope.ts";
import { relationKind } from "./objects.ts";
import { granteeName } from "./rights.ts";

/** Objects that can have rights; expressions over `tables`, whose `n` is the schema. */
interface Grantable {
  readonly catalog: string;
  readonly tables: string;
  readonly where?: string;
  readonly oid: string;
  readonly kind: string;
  readonly name: string;
  readonly owner: string;
  readonly acl: string;
  /** As `acldefault` calls it. */
  readonly type: string;
}

const inSchema = (schema: string): string => `join pg_catalog.pg_namespace n on n.oid = ${schema}`;

const relations: Grantable = {
  catalog: "pg_class",
  tables: `pg_catalog.pg_class c ${inSchema("c.relnamespace")}`,
  where: "c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')",
  oid: "c.oid",
  kind: relationKind,
  name: qualifiedSql("n.nspname", "c.relname"),
  owner: "c.relowner",
  acl: "c.relacl",
  type: `case c.relkind when 'S' then 's' else 'r' end::"char"`,
};

const objects: readonly Grantable[] = [
  relations,
  {
    catalog: "pg_proc",
    tables: `pg_catalog.pg_proc p ${inSchema("p.pronamespace")}`,
    oid: "p.oid",
    kind: "'routine'",
    // Without the names of arguments, which another version may change.
    name: `(${qualifiedSql("n.nspname", "p.proname")} || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')')`,
    owner: "p.proowner",
    acl: "p.proacl",
    type: "'f'",
  },
  {
    catalog: "pg_namespace",
    tables: "pg_catalog.pg_namespace n",
    oid: "n.oid",
    kind: "'schema'",
    name: quotedSql("n.nspname"),
    owner: "n.nspowner",
    acl: "n.nspacl",
    type: "'n'",
  },
  {
    catalog: "pg_type",
    tables: `pg_catalog.pg_type t ${inSchema("t.typnamespace")}`,
    where: "t.typrelid = 0 and t.typelem = 0",
    oid: "t.oid",
    kind: "'type'",
    name: `('type ' || ${qualifiedSql("n.nspname", "t.typname")})`,
    owner: "t.typowner",
    acl: "t.typacl",
    type: "'T'",
  },
];

const withExtension = ({ catalog, oid }: Grantable): string => `pg_catalog.pg_depend e
    on e.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass and e.objid = ${oid} and e.deptype = 'e'`;

/** Column `name`: each member of an extension that can have rights. */
export function extensionMembersSql(ignored: readonly string[]): string {
  const parts = objects.map(
    (each) => `select ${each.name} as name from ${each.tables} join ${withExtension(each)}
      where ${each.where ?? "true"} and n.nspname not in (${ignoredNames(ignored)})`,
  );
  return parts.join(" union all ");
}

/** `column` has no rights by default; of the whole object there is none. */
function changedObjects(
  each: Grantable,
  ignored: readonly string[],
  column?: { readonly number: string; readonly name: string },
): string {
  const byDefault =
    column === undefined ? `pg_catalog.acldefault(${each.type}, ${each.owner})` : "null";
  const initial = `coalesce(i.initprivs, ${byDefault})`;
  return `select 'pg_catalog.${each.catalog}'::pg_catalog.regclass::oid as classid, ${each.oid} as oid, ${each.kind} as kind,
      ${each.name} as name, ${column?.name ?? "null"} as "column", ${quotedSql("x.extname")} as extension,
      ${each.owner} as owner, ${each.acl} as acl, ${initial} as initial
    from ${each.tables} left join ${withExtension(each)}
      left join pg_catalog.pg_extension x on x.oid = e.refobjid
      left join pg_catalog.pg_init_privs i on i.classoid = 'pg_catalog.${each.catalog}'::pg_catalog.regclass
        and i.objoid = ${each.oid} and i.objsubid = ${column?.number ?? "0"}
    where ${each.where ?? "true"} and ${each.acl} is not null and ${each.acl} is distinct from ${initial}
      and case when x.oid is null then n.nspname = 'pg_catalog'
        else n.nspname not in (${ignoredNames(ignored)}) end`;
}

const rights = (acl: string): string => `(select a.grantee, a.privilege_type as privilege,
      pg_catalog.bool_or(a.is_grantable) as grantable
    from pg_catalog.aclexplode(o.${acl}) a where a.grantee not in (o.owner, a.grantor)
    group by a.grantee, a.privilege_type)`;

/**
 * Columns `classid`, `oid`, `kind`, `name`, `column` and `grantee` as of other grants,
 * `extension` (quoted; null for what the server made), `privilege`, `grantable`, and
 * `revoked`: taken away from who had it. Without what the owner has.
 */
export function changedRightsSql(ignored: readonly string[]): string {
  const columns: Grantable = {
    ...relations,
    tables: `${relations.tables} join pg_catalog.pg_attribute t on t.attrelid = c.oid and not t.attisdropped`,
    acl: "t.attacl",
  };
  const changed = [
    ...objects.map((each) => changedObjects(each, ignored)),
    changedObjects(columns, ignored, { number: "t.attnum", name: "t.attname::text" }),
  ];
  return `select o.classid, o.oid, o.kind, o.name, o."column", o.extension, ${granteeName("r.grantee")} as grantee,
      r.privilege, r.grantable, r.revoked
    from (${changed.join(" union all ")}) o cross join lateral (
      select grantee, privilege, coalesce(f.grantable, false) as grantable, f.grantable is null as revoked
      from ${rights("acl")} f full join ${rights("initial")} b using (grantee, privilege)
      where f.grantable is distinct from b.grantable) r
    where r.grantee = 0 or exists (select from pg_catalog.pg_roles g where g.oid = r.grantee)`;
}
