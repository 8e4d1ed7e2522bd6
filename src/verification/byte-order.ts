/**
 * The order of UTF-8 bytes: the one in which both servers can be asked to sort,
 * whatever their locales and encodings. Pure.
 */

const surrogate = /[\ud800-\udfff]/;

/** JavaScript compares UTF-16, which is another order from U+10000 on. */
export function byBytes(a: string, b: string): number {
  if (a === b) return 0;
  if (surrogate.test(a) || surrogate.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

/** For ORDER BY. In a database of SQL_ASCII it fails on what cannot be sent as UTF-8 either. */
export function byBytesSql(...texts: readonly string[]): string {
  return texts.map((text) => `pg_catalog.convert_to(${text}, 'UTF8')`).join(", ");
}

/** Orders as its parts do one after the other: no text of the server has a zero byte. */
export function compound(texts: readonly (string | null | undefined)[]): string {
  return texts.map((text) => text ?? "").join("\0");
}
