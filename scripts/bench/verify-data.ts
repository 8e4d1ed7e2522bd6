/** The pair of databases that comparisons are timed on: the same rows on both sides, by SQL that gives the same everywhere. */

/** About 200 bytes a row, of the types that applications use. */
const big = (rows: number): string => `
CREATE TABLE public.big (id bigint PRIMARY KEY, token uuid NOT NULL, n integer, name text NOT NULL, note text,
  made_at timestamptz NOT NULL, seen_at timestamptz, amount numeric(12,2), share double precision, payload jsonb, active boolean, mood public.mood);
INSERT INTO public.big SELECT g, pg_catalog.md5(g::text)::uuid, g % 1000, 'name of ' || g,
  CASE WHEN g % 7 = 0 THEN NULL ELSE 'note é ' || pg_catalog.repeat('x', g % 40) END,
  '2024-01-01Z'::timestamptz + g * interval '1 second', NULLIF('2024-06-01Z'::timestamptz + g * interval '1 minute', '2024-06-01Z'::timestamptz),
  g * 1.25, g / 3.0::float8, pg_catalog.jsonb_build_object('n', g, 'tags', pg_catalog.jsonb_build_array('a', 'b')), g % 2 = 0,
  (ARRAY['sad','ok','happy'])[g % 3 + 1]::public.mood FROM pg_catalog.generate_series(1, ${rows}) g;`;

const small = (at: number, rows: number): string => {
  const name = `public.small_${String(at).padStart(4, "0")}`;
  return `CREATE TABLE ${name} (id integer PRIMARY KEY, name text, made_at timestamptz);
INSERT INTO ${name} SELECT g, 'row ' || g || ' of ${at}', '2024-01-01Z'::timestamptz + g * interval '1 hour' FROM pg_catalog.generate_series(1, ${rows}) g;`;
};

export interface BenchSizes {
  readonly rows: number;
  readonly tables: number;
  readonly rowsEach: number;
}

/** Statements in order, a few at a time: locks of all tables must fit. */
export function benchStatements({ rows, tables, rowsEach }: BenchSizes): readonly string[] {
  return [
    "SET TIME ZONE 'UTC'",
    "CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'happy')",
    big(rows),
    ...Array.from({ length: tables }, (_, at) => small(at, rowsEach)),
    "VACUUM (ANALYZE)",
  ];
}

export function tableNames({ tables }: BenchSizes): readonly string[] {
  return [
    "public.big",
    ...Array.from({ length: tables }, (_, at) => `public.small_${String(at).padStart(4, "0")}`),
  ];
}
