/**
 * Which objects of a database count: those that people made, in every schema
 * but the server's own, without the members of extensions. Pure: SQL text.
 */
import { quoteLiteral } from "../../core/identifier.ts";
import { qualifiedSql } from "./names.ts";

/** Where the tool keeps what it needs on a server; not part of anyone's data. */
export const toolSchema = "opensauced_migrate";

/** A list of constants: schemas that are no part of the data, beside those named `pg_...`. */
export function ignoredNames(ignored: readonly string[]): string {
  return [toolSchema, "information_schema", ...ignored].map(quoteLiteral).join(", ");
}

/** `alias` is a pg_namespace. */
export function userNamespaces(alias: string, ignored: readonly string[]): string {
  return `${alias}.nspname not in (${ignoredNames(ignored)}) and ${alias}.nspname !~ '^pg_'`;
}

/** Ordinary tables that people made, temporary ones not: pg_class `c` and pg_namespace `n`. */
export function fromTablesSql(ignored: readonly string[]): string {
  return `from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence <> 't'
    and ${userNamespaces("n", ignored)} and ${notExtensionMember("pg_class", "c.oid")}`;
}

/** `catalog` is the catalog table that `oid` is a row of. */
export function notExtensionMember(catalog: string, oid: string): string {
  return `not exists (select from pg_catalog.pg_depend x
    where x.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass and x.objid = ${oid} and x.deptype = 'e')`;
}

/** The name of a pg_class `c` in the pg_namespace `n`. */
export const relation = qualifiedSql("n.nspname", "c.relname");

export const fromRelations =
  "pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace";

export const persistence = "case c.relpersistence when 'u' then 'unlogged' else 'permanent' end";

/** Of `fromRelations`, those that people made, temporary ones not. */
export function userRelations(ignored: readonly string[]): string {
  return `c.relpersistence <> 't' and ${userNamespaces("n", ignored)} and ${notExtensionMember("pg_class", "c.oid")}`;
}
