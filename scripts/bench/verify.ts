/**
 * `npm run bench:verify`: our comparison of two databases beside counting them,
 * reading them, and `pgcopydb compare data` where that is on the PATH; in turn,
 * in one run, at each latency. Prints medians, ratios, rows a second, bytes over
 * the wire and peak memory, and appends a JSON line a measurement. Judges nothing.
 *
 * In the end it changes rows of the target, so many of a hundred, and measures ours
 * once more: what differs has to be found and named, in no more memory.
 *
 *   npm run bench:verify -- --rows 2000000 --tables 200 --latency 0,40 --rounds 3 --jobs 2 --differing 1,100
 */
import { appendFile, chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import type { Client } from "pg";
import { Secret } from "../../src/core/secret.ts";
import { connect } from "../../src/providers/postgres/index.ts";
import { createAuthority } from "../../src/rehearsal/certificates/index.ts";
import { startServer, type Server } from "../../src/rehearsal/postgres/index.ts";
import { startProxy, type Proxy } from "../../test/support/tcp-proxy.ts";
import { benchStatements, tableNames, type BenchSizes } from "./verify-data.ts";
import type { OnceEnd } from "./verify-once.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const long = (): AbortSignal => AbortSignal.timeout(3_600_000);

interface End {
  readonly server: Server;
  readonly proxy: Proxy;
}

interface Bench {
  readonly ends: { readonly source: End; readonly target: End };
  readonly sizes: BenchSizes;
  readonly jobs: number;
  readonly folder: string;
}

interface Figures {
  readonly seconds: number;
  readonly peakMb?: number;
}

type Contender = (bench: Bench) => Promise<Figures>;

/** Past the proxy where nothing is timed. */
async function on<T>(end: End, through: "proxy" | "server", use: (client: Client) => Promise<T>) {
  const { superuser } = end.server;
  const port = through === "proxy" ? end.proxy.port : superuser.port;
  const client = await connect(
    { ...superuser, port },
    { server: "bench", signal: long(), write: through === "server" },
  );
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function timed(work: () => Promise<unknown>): Promise<Figures> {
  const began = performance.now();
  await work();
  return { seconds: (performance.now() - began) / 1000 };
}

/** Every table of both sides, one statement each, a session a side. */
const eachTable =
  (select: string, settings = ""): Contender =>
  ({ ends, sizes }) =>
    timed(() =>
      Promise.all(
        [ends.source, ends.target].map((end) =>
          on(end, "proxy", async (client) => {
            if (settings !== "") await client.query(settings);
            for (const name of tableNames(sizes)) {
              const last = name === "public.big" ? "mood" : "made_at";
              await client.query(`SELECT ${select.replace("LAST", last)} FROM ${name}`);
            }
          }),
        ),
      ),
    );

/** Milliseconds are nothing without the right answer. */
const ours =
  (expected: "equal" | "different"): Contender =>
  async ({ ends, jobs }) => {
    const place = ({ server: { superuser }, proxy }: End): OnceEnd => ({
      host: superuser.host,
      port: proxy.port,
      database: superuser.database,
      user: superuser.user,
      password: superuser.password.reveal(),
      ca: superuser.tls.ca ?? "",
    });
    const options = { sessions: jobs, source: place(ends.source), target: place(ends.target) };
    const once = path.join(import.meta.dirname, "verify-once.ts");
    const { stdout } = await execa(process.execPath, [once], {
      env: { BENCH: JSON.stringify(options) },
    });
    const answer = JSON.parse(stdout) as Figures & { equality: string };
    if (answer.equality !== expected) throw new Error(`Ours said: ${stdout}`);
    return answer;
  };

/** Neither arguments nor the environment hold a password: both are there for others to read. */
const pgcopydb: Contender = async ({ ends, jobs, folder }) => {
  const uri = ({ server: { superuser }, proxy }: End): string =>
    `postgresql://${superuser.user}@${superuser.host}:${proxy.port}/${superuser.database}?sslmode=require`;
  const words = ["compare", "data", "--source", uri(ends.source), "--target", uri(ends.target)];
  const passwords = path.join(folder, "pgpass");
  const lines = [ends.source, ends.target].map(({ server: { superuser }, proxy }) =>
    [superuser.host, proxy.port, "*", superuser.user, superuser.password.reveal()].join(":"),
  );
  await writeFile(passwords, `${lines.join("\n")}\n`, { mode: 0o600 });
  const env = { PGPASSFILE: passwords, PGPASSWORD: undefined };
  return timed(() => execa("pgcopydb", [...words, "--jobs", String(jobs)], { env }));
};

async function hasCompare(): Promise<boolean> {
  const { exitCode } = await execa("pgcopydb", ["compare", "data", "--help"], { reject: false });
  return exitCode === 0;
}

async function build(folder: string, sizes: BenchSizes): Promise<Bench["ends"]> {
  const authority = await createAuthority("Bench authority");
  const start = async (name: "source" | "target", major: 15 | 17): Promise<End> => {
    const server = await startServer({
      name,
      major,
      folder,
      authority,
      superuser: { user: "postgres", password: new Secret("bench") },
      signal: AbortSignal.timeout(60_000),
      settings: { shared_buffers: "1GB", max_wal_size: "4GB", max_locks_per_transaction: "256" },
    });
    const end = { server, proxy: await startProxy(server) };
    await on(end, "server", async (client) => {
      for (const statement of benchStatements(sizes)) await client.query(statement);
    });
    return end;
  };
  const [source, target] = await Promise.all([start("source", 15), start("target", 17)]);
  return { source, target };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "2000000" },
      tables: { type: "string", default: "200" },
      "rows-each": { type: "string", default: "1000" },
      latency: { type: "string", default: "0,40" },
      rounds: { type: "string", default: "3" },
      jobs: { type: "string", default: "2" },
      differing: { type: "string", default: "1,100" },
      json: { type: "string", default: "bench-verify.jsonl" },
    },
  });
  const sizes = {
    rows: Number(values.rows),
    tables: Number(values.tables),
    rowsEach: Number(values["rows-each"]),
  };
  const contenders: Record<string, Contender> = {
    ours: ours("equal"),
    "count(*)": eachTable("count(*)"),
    "read all": eachTable("count(LAST)", "SET enable_indexonlyscan = off"),
  };
  if (await hasCompare()) contenders["pgcopydb"] = pgcopydb;
  else say("pgcopydb with `compare` is not on the PATH: it is not measured.");
  const folder = await mkdtemp(path.join(os.tmpdir(), "opensauced-migrate-bench-"));
  // PostgreSQL's files lie below it, and belong to another user than root.
  await chmod(folder, 0o711);
  const built = performance.now();
  let ends: Bench["ends"] | undefined;
  try {
    ends = await build(folder, sizes);
    const rows = sizes.rows + sizes.tables * sizes.rowsEach;
    say(
      `${rows} rows in ${sizes.tables + 1} tables on both sides, built in ${Math.round((performance.now() - built) / 1000)} s`,
    );
    const bench = { ends, sizes, folder, jobs: Number(values.jobs) };
    say("latency  what          seconds  ratio    rows/s   MB over the wire  peak MB");
    for (const latency of values.latency.split(",").map(Number)) {
      await atLatency(latency, bench, contenders, {
        rounds: Number(values.rounds),
        rows,
        json: values.json,
      });
    }
    for (const percent of values.differing.split(",").filter(Boolean).map(Number)) {
      await differ(ends.target, percent);
      const named = { [`${percent} % differ`]: ours("different") };
      await atLatency(0, bench, named, { rounds: 1, rows, json: values.json });
    }
  } finally {
    for (const end of Object.values(ends ?? {})) {
      await end.proxy.close();
      await end.server.stop({ mode: "immediate" });
    }
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where the number of a row, of the last hundred, is below that. */
async function differ(target: End, percent: number): Promise<void> {
  await on(target, "server", (client) =>
    client.query("UPDATE public.big SET made_at = made_at + interval '1 ms' WHERE id % 100 < $1", [
      percent,
    ]),
  );
}

interface Rounds {
  readonly rounds: number;
  readonly rows: number;
  readonly json: string;
}

async function atLatency(
  latencyMs: number,
  bench: Bench,
  contenders: Record<string, Contender>,
  { rounds, rows, json }: Rounds,
): Promise<void> {
  const proxies = [bench.ends.source.proxy, bench.ends.target.proxy];
  for (const proxy of proxies) proxy.setLatency(latencyMs);
  const seen = new Map<string, (Figures & { readonly bytes: number })[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, contender] of Object.entries(contenders)) {
      const before = proxies.reduce((sum, { bytes }) => sum + bytes, 0);
      const figures = await contender(bench);
      const bytes = proxies.reduce((sum, { bytes }) => sum + bytes, 0) - before;
      seen.set(name, [...(seen.get(name) ?? []), { ...figures, bytes }]);
      const line = { at: new Date().toISOString(), name, latencyMs, rows, ...figures, bytes };
      await appendFile(json, `${JSON.stringify(line)}\n`);
    }
  }
  const first = median((seen.values().next().value ?? []).map(({ seconds }) => seconds));
  for (const [name, all] of seen) {
    const seconds = median(all.map((each) => each.seconds));
    const peaks = all.flatMap(({ peakMb }) => (peakMb === undefined ? [] : [peakMb]));
    const cells = [
      `${latencyMs} ms`.padStart(7),
      name.padEnd(12),
      seconds.toFixed(2).padStart(8),
      `${(first / seconds).toFixed(2)}x`.padStart(6),
      Math.round(rows / seconds)
        .toString()
        .padStart(9),
      (median(all.map(({ bytes }) => bytes)) / 1e6).toFixed(2).padStart(18),
      (peaks.length === 0 ? "" : Math.max(...peaks).toFixed(0)).padStart(8),
    ];
    say(cells.join("  "));
  }
}

await main();
