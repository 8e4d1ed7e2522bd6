/**
 * Compares what the record says must be in the database with what is there.
 * Reads in pages of a fixed size; changes nothing.
 */
import type pg from "pg";
import type { Endpoint } from "../../core/endpoint.ts";
import { withClient } from "../../providers/postgres/index.ts";
import type { Fate } from "./fates.ts";
import type { WrittenTable } from "./record.ts";
import type { Testimony } from "./witness.ts";
import { highlightPrefix } from "./writes.ts";

export interface Comparison {
  /** Rows about which the record says something. */
  readonly checked: number;
  /** An acknowledged write that is gone: no row. */
  readonly missing: number;
  /** The row holds another value than the last acknowledged one. */
  readonly stale: number;
  /** Deleted with acknowledgement, and there again. */
  readonly resurrected: number;
  /** One write that left two rows behind. */
  readonly doubled: number;
  /** Sum of the four: 0 in a sound migration. */
  readonly lost: number;
  /** The first ten, as `writes 1234: missing`. */
  readonly examples: readonly string[];
}

type Wrong = "missing" | "stale" | "resurrected" | "doubled";

const pageRows = 20_000;

/** Each gives `key` and `n`; numbers of writes are far below 2^53. */
const rowsOf: { readonly [table in WrittenTable]: string } = {
  writes: "SELECT id AS key, n FROM public.rehearsal_writes",
  visits: "SELECT n AS key, n FROM public.rehearsal_visits",
  repos: "SELECT id AS key, stars::bigint AS n FROM public.repos",
  highlights: `SELECT n AS key, n FROM (SELECT pg_catalog.substr(body, ${highlightPrefix.length + 1})::bigint AS n
    FROM public.highlights WHERE body LIKE '${highlightPrefix}%') ours`,
};

async function* pages(
  client: pg.Client,
  table: WrittenTable,
): AsyncGenerator<{ key: number; n: number }> {
  // A cursor, and not pages by key: a row that is there twice would straddle them.
  await client.query(
    `DECLARE seen NO SCROLL CURSOR FOR SELECT q.key::text, q.n::text FROM (${rowsOf[table]}) q ORDER BY q.key`,
  );
  for (;;) {
    const { rows } = await client.query<{ key: string; n: string }>(`FETCH ${pageRows} FROM seen`);
    if (rows.length === 0) break;
    for (const row of rows) yield { key: Number(row.key), n: Number(row.n) };
  }
  await client.query("CLOSE seen");
}

function judge(fate: Fate, found: number | undefined): Wrong | undefined {
  const allowed = [fate.present ? fate.value : undefined, ...fate.orElse];
  if (allowed.includes(found)) return undefined;
  if (found === undefined) return "missing";
  return fate.present ? "stale" : "resurrected";
}

/** Throws ProviderError when the database cannot be read: never a zero. */
export async function findMissing(
  endpoint: Endpoint,
  testimony: Testimony,
  signal: AbortSignal,
): Promise<Comparison> {
  const counts = { missing: 0, stale: 0, resurrected: 0, doubled: 0 };
  const examples: string[] = [];
  let checked = 0;
  const wrong = (what: Wrong, table: WrittenTable, key: number): void => {
    counts[what] += 1;
    if (examples.length < 10) examples.push(`${table} ${key}: ${what}`);
  };
  const compare = async (
    client: pg.Client,
    table: WrittenTable,
    fates: ReadonlyMap<number, Fate>,
  ): Promise<void> => {
    const seen = new Set<number>();
    for await (const { key, n } of pages(client, table)) {
      const fate = fates.get(key);
      if (fate === undefined) continue;
      if (seen.has(key)) {
        wrong("doubled", table, key);
        continue;
      }
      seen.add(key);
      const verdict = judge(fate, n);
      if (verdict !== undefined) wrong(verdict, table, key);
    }
    for (const [key, fate] of fates) {
      checked += 1;
      if (!seen.has(key) && judge(fate, undefined) !== undefined) wrong("missing", table, key);
    }
  };
  const options = { server: "witness", signal, call: "look for acknowledged writes" };
  await withClient(endpoint, options, async (client) => {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    for (const [table, fates] of testimony.fates) await compare(client, table, fates);
    await client.query("COMMIT");
  });
  const lost = counts.missing + counts.stale + counts.resurrected + counts.doubled;
  return { checked, ...counts, lost, examples };
}
