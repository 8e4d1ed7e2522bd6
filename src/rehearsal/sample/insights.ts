/**
 * The generated database `insights`: the second one, with another service in
 * it, a second schema, names that need quotes, and the types that `api` lacks.
 */
import type { Counts } from "./scale.ts";

export const insightsShares = {
  events: 14,
  daily_metrics: 8,
  scores: 4,
  languages: 1,
  order: 1,
  segments: 2,
  regions: 0.05,
  runs: 0.5,
  outputs: 1,
  measurements: 5,
} as const;

export const insightsTables = `
CREATE DOMAIN public.percentage AS numeric(5, 2) CHECK (VALUE BETWEEN 0 AND 100);
CREATE TYPE public.span AS (first_day date, days int);
CREATE TABLE public.events (
  id bigint GENERATED ALWAYS AS IDENTITY (CACHE 20) PRIMARY KEY,
  name text NOT NULL,
  payload jsonb,
  happened_at timestamptz NOT NULL,
  took interval
);
CREATE INDEX events_payload ON public.events USING gin (payload jsonb_path_ops);
CREATE INDEX events_happened ON public.events USING brin (happened_at);
CREATE TABLE public.daily_metrics (repo text NOT NULL, on_day date NOT NULL, stars int, forks int, PRIMARY KEY (repo, on_day));
CREATE TABLE public.scores (login text PRIMARY KEY, score double precision NOT NULL, confidence public.percentage, previous real);
CREATE TABLE public."Repo Languages" ("Repo" text NOT NULL, "Größe" bigint NOT NULL, "select" text, PRIMARY KEY ("Repo", "Größe"));
CREATE TABLE public."order" (id smallserial PRIMARY KEY, placed time NOT NULL, placed_tz timetz NOT NULL, flags bit(4) NOT NULL, more varbit);
CREATE TABLE public.segments (id int PRIMARY KEY, parent_id int REFERENCES public.segments (id), valid tstzrange NOT NULL, ages int4range, covers public.span,
  EXCLUDE USING gist (valid WITH &&) WHERE (id < 0));
CREATE TABLE public.regions (code char(4) PRIMARY KEY, center point, network cidr, mac macaddr, search tsvector);
CREATE SCHEMA reports;
CREATE TABLE reports.runs (id uuid PRIMARY KEY, started_at timestamptz NOT NULL, parameters json NOT NULL);
CREATE TABLE reports.outputs (run_id uuid NOT NULL REFERENCES reports.runs (id), page int NOT NULL, content bytea, PRIMARY KEY (run_id, page));
ALTER TABLE reports.outputs ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE TABLE public.measurements (sensor int NOT NULL, at timestamptz NOT NULL, value numeric NOT NULL) PARTITION BY HASH (sensor);
CREATE TABLE public.measurements_0 PARTITION OF public.measurements FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.measurements_1 PARTITION OF public.measurements FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE UNIQUE INDEX measurements_key ON public.measurements (sensor, at);
COMMENT ON TABLE public."Repo Languages" IS 'It''s "bytes", not lines';
COMMENT ON SCHEMA reports IS 'What the nightly job writes';
`;

/** After the rows. */
export const insightsBehaviour = `
CREATE VIEW public.busy_days AS SELECT on_day, sum(stars) AS stars FROM public.daily_metrics GROUP BY on_day HAVING sum(stars) > 0;
CREATE MATERIALIZED VIEW reports.summary AS SELECT name, count(*) AS n, max(happened_at) AS latest FROM public.events GROUP BY name;
CREATE MATERIALIZED VIEW reports.not_yet AS SELECT login FROM public.scores WITH NO DATA;
CREATE PROCEDURE reports.refresh() LANGUAGE sql AS $$ REFRESH MATERIALIZED VIEW reports.summary $$;
`;

function rowsOf(table: string, columns: string, values: string, rows: number): string {
  return `INSERT INTO ${table} (${columns}) SELECT ${values} FROM generate_series(1::bigint, ${rows}) g`;
}

export function insightsRows(c: Counts<typeof insightsShares>): readonly string[] {
  return [
    rowsOf(
      "public.events",
      "name, payload, happened_at, took",
      `pg_temp.one_of(g, 200, '{page_view,signup,search,share}'), CASE WHEN g % 10 > 0 THEN jsonb_build_object('path', '/' || pg_temp.prose(g, 201), 'ms', pg_temp.pick(g, 204, 30000) / 7.0) END,
       pg_temp.moment(g, 205), g % 400 * interval '1 day 3 hours 0.25 seconds' - interval '1 mon'`,
      c.events,
    ),
    rowsOf(
      "public.daily_metrics",
      "repo, on_day, stars, forks",
      `'org' || g % 40 || '/repo', date '2020-02-29' + (g / 40)::int, pg_temp.pick(g, 210, 300), NULLIF(pg_temp.pick(g, 211, 9), 0)`,
      c.daily_metrics,
    ),
    rowsOf(
      "public.scores",
      "login, score, confidence, previous",
      `'User' || g, CASE g % 100 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-0' ELSE pg_temp.pick(g, 212, 1000000) / 3.0 END, pg_temp.pick(g, 213, 10001) / 100.0, 1e-7::real * g`,
      c.scores,
    ),
    rowsOf(
      'public."Repo Languages"',
      '"Repo", "Größe", "select"',
      `'org/repo-' || g % 50, g, pg_temp.one_of(g, 214, '{C++,F#,Objective-C,Brainf*ck}')`,
      c.languages,
    ),
    rowsOf(
      'public."order"',
      "placed, placed_tz, flags, more",
      `time '00:00' + g * interval '7 seconds', timetz '12:00:00+02' + g * interval '1 second', (g % 16)::int::bit(4), (g % 8)::int::bit(3)::varbit`,
      Math.min(c.order, 30_000),
    ),
    rowsOf(
      "public.segments",
      "id, parent_id, valid, ages, covers",
      `g, NULLIF(g / 2, 0), tstzrange(pg_temp.moment(g, 215), CASE WHEN g % 5 > 0 THEN pg_temp.moment(g, 215) + interval '30 days' END), int4range(g::int % 30, g::int % 30 + 10, '[]'), ROW(date '2024-01-01', g::int % 90)::public.span`,
      c.segments,
    ),
    rowsOf(
      "public.regions",
      "code, center, network, mac, search",
      `'r' || g, point(g, -g / 3.0), ('10.' || g % 250 || '.0.0/16')::cidr, ('08:00:2b:01:02:' || lpad(to_hex(g % 256), 2, '0'))::macaddr, to_tsvector('simple', pg_temp.prose(g, 217))`,
      Math.min(c.regions, 999),
    ),
    rowsOf(
      "reports.runs",
      "id, started_at, parameters",
      `pg_temp.id_of(g, 220), pg_temp.moment(g, 221), ('{"n" : ' || g || ' }')::json`,
      c.runs,
    ),
    rowsOf(
      "reports.outputs",
      "run_id, page, content",
      `pg_temp.id_of(g % ${c.runs} + 1, 220), g, CASE WHEN g % 9 > 0 THEN decode(repeat(encode(pg_temp.bytes_of(g, 222), 'hex'), 1 + g::int % 100), 'hex') END`,
      c.outputs,
    ),
    rowsOf(
      "public.measurements",
      "sensor, at, value",
      `g % 60, timestamptz '2024-03-31 00:30:00+00' + g / 60 * interval '1 minute', CASE g % 50 WHEN 0 THEN 'NaN' WHEN 1 THEN 1.10 WHEN 2 THEN 12345678901234567890.123456789 ELSE pg_temp.pick(g, 223, 100000) / 1000.0 END`,
      c.measurements,
    ),
  ];
}
