/**
 * Names as the server writes them into results, always quoted, so that they are
 * the same text as core's quoteQualified gives. `format('%I')` quotes only what
 * its version reserves. Pure: SQL text.
 */

export function quotedSql(expression: string): string {
  return `('"' || pg_catalog.replace(${expression}::pg_catalog.text, '"', '""') || '"')`;
}

export function qualifiedSql(schema: string, name: string): string {
  return `(${quotedSql(schema)} || '.' || ${quotedSql(name)})`;
}

/**
 * Texts as one, in which no text can pass for two, in the same order under every
 * collation. `rows` has them as `o`; null without any.
 */
export function listSql(rows: string): string {
  return `(select pg_catalog.string_agg(pg_catalog.quote_literal(o), ', ' order by o collate pg_catalog."C") from ${rows})`;
}

/** An object whose name is unique only within its table: `"name" on "schema"."table"`. */
export function onTableSql(name: string, schema: string, table: string): string {
  return `(${quotedSql(name)} || ' on ' || ${qualifiedSql(schema, table)})`;
}
