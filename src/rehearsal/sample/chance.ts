/**
 * Chance that comes out the same for the same seed: functions of the session,
 * gone with it, which hash the row's number. Nothing generated depends on the
 * clock or on random().
 */
export function chanceFunctions(seed: number): readonly string[] {
  const salt = `(${BigInt(Math.trunc(seed))} * 1000 + salt)`;
  return [
    // 0 to n - 1.
    `CREATE FUNCTION pg_temp.pick(g bigint, salt int, n bigint) RETURNS int LANGUAGE sql IMMUTABLE
       RETURN ((pg_catalog.hashint8extended(g, ${salt}::bigint) & 9223372036854775807) % n)::int`,
    `CREATE FUNCTION pg_temp.one_of(g bigint, salt int, choices text[]) RETURNS text LANGUAGE sql IMMUTABLE
       RETURN choices[1 + pg_temp.pick(g, salt, pg_catalog.array_length(choices, 1))]`,
    // Microseconds matter: a copy that rounds them is a copy with different data.
    `CREATE FUNCTION pg_temp.moment(g bigint, salt int) RETURNS timestamptz LANGUAGE sql IMMUTABLE
       RETURN timestamptz '2023-01-01 00:00:00+00'
         + pg_temp.pick(g, salt, 94608000) * interval '1 second'
         + pg_temp.pick(g, salt + 500, 1000000) * interval '1 microsecond'`,
    `CREATE FUNCTION pg_temp.id_of(g bigint, salt int) RETURNS uuid LANGUAGE sql IMMUTABLE
       RETURN pg_catalog.md5(g || ':' || ${salt})::uuid`,
    `CREATE FUNCTION pg_temp.bytes_of(g bigint, salt int) RETURNS bytea LANGUAGE sql IMMUTABLE
       RETURN pg_catalog.sha256(pg_catalog.convert_to(g || ':' || ${salt}, 'UTF8'))`,
    // Quotes, backslashes, tabs, line ends, several scripts, composed and decomposed accents.
    `CREATE FUNCTION pg_temp.prose(g bigint, salt int) RETURNS text LANGUAGE sql IMMUTABLE
       RETURN pg_temp.one_of(g, salt, ARRAY['Merged', 'Überprüft', 'レビュー済み', 'Заметка', 'مراجعة', 'Fixed 🍕', E'tab\\there', E'back\\\\slash', 'it''s', 'cafe' || U&'\\0301', 'café'])
         || ' ' || pg_temp.one_of(g, salt + 1, ARRAY['the parser', 'a flaky test', E'two\\nlines', 'naïve retries', '"quoted" names', '100 % of it', 'NULL', '\\N', ''])
         || ' #' || pg_temp.pick(g, salt + 2, 100000)`,
  ];
}
