/**
 * Types whose values cannot be compared for equality: a row that has one cannot
 * be looked for as a whole (REPLICA IDENTITY FULL). SQL only.
 */

/**
 * Two members of a WITH RECURSIVE. A type has equality when it has a default btree or hash operator
 * class, of its own or by a binary coercible cast; enums, ranges and rows have that of their kind,
 * domains and arrays that of their inside.
 */
export const incomparableTypes = `inside (type, inner_type) AS (
    SELECT t.oid, t.oid FROM pg_catalog.pg_type t
    UNION SELECT i.type, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END
      FROM inside i JOIN pg_catalog.pg_type t ON t.oid = i.inner_type
      WHERE t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0)
  ), incomparable AS (
    SELECT DISTINCT i.type FROM inside i JOIN pg_catalog.pg_type t ON t.oid = i.inner_type
      WHERE t.typtype = 'b' AND NOT (t.typcategory = 'A' AND t.typelem <> 0) AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod
        WHERE o.opcdefault AND m.amname IN ('btree', 'hash') AND (o.opcintype = t.oid OR EXISTS (
          SELECT FROM pg_catalog.pg_cast k WHERE k.castsource = t.oid AND k.casttarget = o.opcintype AND k.castmethod = 'b')))
  )`;
