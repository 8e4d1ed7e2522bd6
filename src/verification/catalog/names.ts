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

/** An object whose name is unique only within its table: `"name" on "schema"."table"`. */
export function onTableSql(name: string, schema: string, table: string): string {
  return `(${quotedSql(name)} || ' on ' || ${qualifiedSql(schema, table)})`;
}
