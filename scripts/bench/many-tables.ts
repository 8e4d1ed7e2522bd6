/**
 * A plain dump of a database with very many small tables, as a schema for each
 * tenant makes them: over several schemas, each table with a key, an index and
 * a sequence; some partitioned, some fed by another table's sequence. Pure.
 */

/** A partitioned table and its partitions count as so many tables. */
const partitions = 4;
/** Every so many tables, one is partitioned. */
const partitionedEvery = 50;
const rowsEach = 10;
const tablesPerCommit = 50;

function plainTable(schema: string, name: string, at: number): string {
  const rows = Array.from({ length: rowsEach }, (_, row) =>
    [
      row + 1,
      `name ${at}-${row}`,
      `2026-01-01 00:00:${String(row).padStart(2, "0")}+00`,
      `${at}.50`,
    ].join("\t"),
  );
  return `CREATE TABLE ${schema}.${name} (id bigint NOT NULL, name text NOT NULL, made_at timestamp with time zone, amount numeric(12,2));
CREATE SEQUENCE ${schema}.${name}_id_seq AS bigint;
ALTER SEQUENCE ${schema}.${name}_id_seq OWNED BY ${schema}.${name}.id;
ALTER TABLE ONLY ${schema}.${name} ALTER COLUMN id SET DEFAULT nextval('${schema}.${name}_id_seq'::regclass);
COPY ${schema}.${name} (id, name, made_at, amount) FROM stdin;
${rows.join("\n")}
\\.
ALTER TABLE ONLY ${schema}.${name} ADD CONSTRAINT ${name}_pkey PRIMARY KEY (id);
CREATE INDEX ${name}_name ON ${schema}.${name} (name);
SELECT pg_catalog.setval('${schema}.${name}_id_seq', ${rowsEach}, true);
`;
}

function partitionedTable(schema: string, name: string): string {
  const parts = Array.from(
    { length: partitions },
    (_, part) =>
      `CREATE TABLE ${schema}.${name}_${part} PARTITION OF ${schema}.${name} FOR VALUES WITH (modulus ${partitions}, remainder ${part});\n`,
  );
  const rows = Array.from({ length: rowsEach }, (_, row) => `${row + 1}\tname ${row}`);
  return `CREATE TABLE ${schema}.${name} (id bigint NOT NULL PRIMARY KEY, name text) PARTITION BY HASH (id);
${parts.join("")}COPY ${schema}.${name} (id, name) FROM stdin;
${rows.join("\n")}
\\.
`;
}

/** Text by pieces, as `psql` takes it; `tables` counts partitions and not what is partitioned. */
export function* manyTablesDump(tables: number, schemas = 10): Generator<string> {
  yield "SET client_encoding = 'UTF8';\nSELECT pg_catalog.set_config('search_path', '', false);\n";
  for (let schema = 0; schema < schemas; schema++) yield `CREATE SCHEMA tenant_${schema};\n`;
  let made = 0;
  for (let at = 0; made < tables; at++) {
    const schema = `tenant_${at % schemas}`;
    const name = `t_${String(at).padStart(5, "0")}`;
    const partitioned = at % partitionedEvery === 0 && made + partitions <= tables;
    // One commit for so many is quicker, and their locks still fit.
    if (at % tablesPerCommit === 0) yield at === 0 ? "BEGIN;\n" : "COMMIT;\nBEGIN;\n";
    yield partitioned ? partitionedTable(schema, name) : plainTable(schema, name, at);
    made += partitioned ? partitions : 1;
  }
  yield "COMMIT;\n";
}
