/**
 * `npm run bench:tables`: how long `plan` and `verify` take on a database of
 * very many small tables, with the servers near and behind 40 ms of latency.
 * Builds a pair of servers with the same tables, runs the built program
 * against it as a person would, and prints seconds and peak memory. Measures,
 * judges nothing.
 *
 *   npm run bench:tables -- --tables 10000 --latency 0,40
 */
import { createWriteStream } from "node:fs";
import { mkdtemp, chmod, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { clientPrograms } from "../../src/rehearsal/beforehand.ts";
import { createClientTables } from "../../src/rehearsal/client/index.ts";
import { names } from "../../src/rehearsal/cloud/settings.ts";
import { startCloud, type Cloud } from "../../src/rehearsal/cloud/start.ts";
import { runAsSuperuser } from "../../src/rehearsal/postgres/index.ts";
import { loadFile } from "../../src/rehearsal/sample/index.ts";
import { tailorPlan } from "../../src/rehearsal/stage/tailored-plan.ts";
import { startProxy, type Proxy } from "../../test/support/tcp-proxy.ts";
import { manyTablesDump } from "./many-tables.ts";

const root = path.resolve(import.meta.dirname, "../..");
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Bench {
  readonly folder: string;
  readonly cloud: Cloud;
  readonly proxies: readonly Proxy[];
  readonly environment: { readonly [name: string]: string };
  readonly plan: string;
}

/** The target as the copy leaves it: the same database, restored. */
async function fillTarget(cloud: Cloud, dump: string, programs: string): Promise<void> {
  const { target } = cloud.databases;
  const { dumpDatabase: database, dumpRole } = names;
  const signal = AbortSignal.timeout(1_800_000);
  const { environment } = cloud.facts;
  const password = environment[`REHEARSAL_${dumpRole.toUpperCase()}_PASSWORD`] ?? "";
  await runAsSuperuser(target, { signal }, [
    `CREATE ROLE ${dumpRole} LOGIN PASSWORD '${password.replaceAll("'", "''")}'`,
    `GRANT ${dumpRole} TO azureadmin WITH ADMIN OPTION`,
    `CREATE DATABASE ${database} OWNER azureadmin`,
    // As on the source, whose loader gives it.
    `GRANT ALL ON DATABASE ${database} TO ${dumpRole}`,
  ]);
  const psql = path.join(programs, "psql");
  await loadFile(target, {
    database,
    file: dump,
    owner: dumpRole,
    admin: "azureadmin",
    psql,
    signal,
  });
  await createClientTables(target, { database, owner: dumpRole, signal });
}

async function build(folder: string, tables: number): Promise<Bench> {
  const signal = AbortSignal.timeout(1_800_000);
  const programs = await clientPrograms(process.env["PATH"], signal);
  const dump = path.join(folder, "many.sql");
  await pipeline(Readable.from(manyTablesDump(tables)), createWriteStream(dump));
  const cloud = await startCloud({ folder, rows: 0, dump, faults: [], programs }, signal);
  await fillTarget(cloud, dump, programs);
  const { source, target } = cloud.databases;
  const [toSource, toTarget] = await Promise.all([startProxy(source), startProxy(target)]);
  const [cluster] = cloud.digitalOcean.state.clusters;
  if (cluster?.endpoint === undefined) throw new Error("The local cloud has no cluster.");
  cluster.endpoint = { ...cluster.endpoint, host: "localhost", port: toSource.port };
  const plan = path.join(folder, "bench.plan.yaml");
  const original = await readFile(path.join(root, "migrations-plans/rehearsal.plan.yaml"), "utf8");
  await writeFile(plan, quiet(tailorPlan(original, { dump: { insertOnly: [] }, pulumi: false })));
  return {
    folder,
    cloud,
    proxies: [toSource, toTarget],
    plan,
    environment: {
      ...cloud.facts.environment,
      REHEARSAL_AZURE_PORT: String(toTarget.port),
      REHEARSAL_HEALTH_URL: "https://localhost:1/",
    },
  };
}

/** Without what asks an application or Pulumi: only the databases are measured. */
function quiet(text: string): string {
  const plan = parse(text) as { steps: { kind: string }[] };
  const left = [
    "config-staged",
    "config-repointed",
    "service-healthy",
    "dns-flipped",
    "dns-ttl-lowered",
  ];
  return stringify({ ...plan, steps: plan.steps.filter(({ kind }) => !left.includes(kind)) });
}

interface Measured {
  readonly seconds: number;
  readonly peakMb: number;
  readonly code: number;
  readonly lines: number;
  readonly out: string;
}

async function peakOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

async function measure(bench: Bench, words: readonly string[]): Promise<Measured> {
  const began = performance.now();
  const child = execa(
    process.execPath,
    [
      path.join(root, "bin/opensauced-migrate.js"),
      "--plan",
      bench.plan,
      "--state",
      path.join(bench.folder, "state"),
      ...words,
    ],
    { env: bench.environment, reject: false, all: true },
  );
  let peakMb = 0;
  // The kernel keeps the high-water mark for as long as the process lives.
  const watch = setInterval(() => {
    void peakOf(child.pid).then((mb) => (peakMb = Math.max(peakMb, mb)));
  }, 50);
  const { exitCode = -1, all } = await child;
  clearInterval(watch);
  return {
    seconds: (performance.now() - began) / 1000,
    peakMb,
    code: exitCode,
    lines: all.split("\n").length,
    out: all,
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tables: { type: "string", default: "10000" },
      latency: { type: "string", default: "0,40" },
      show: { type: "boolean", default: false },
    },
  });
  const folder = await mkdtemp(path.join(os.tmpdir(), "opensauced-migrate-bench-"));
  // PostgreSQL's files lie below it, and belong to another user than root.
  await chmod(folder, 0o711);
  const built = performance.now();
  let bench: Bench | undefined;
  try {
    bench = await build(folder, Number(values.tables));
    say(
      `${values.tables} tables on both sides, built in ${Math.round((performance.now() - built) / 1000)} s`,
    );
    say("command  latency  seconds  peak MB  exit  lines");
    for (const latency of values.latency.split(",").map(Number)) {
      for (const proxy of bench.proxies) proxy.setLatency(latency);
      for (const command of ["plan", "verify"]) {
        const { seconds, peakMb, code, lines, out } = await measure(bench, [command]);
        say(
          `${command.padEnd(8)} ${`${latency} ms`.padStart(7)} ${seconds.toFixed(1).padStart(8)} ${peakMb.toFixed(0).padStart(8)} ${String(code).padStart(5)} ${String(lines).padStart(6)}`,
        );
        if (values.show) say(out);
      }
    }
  } finally {
    await Promise.all((bench?.proxies ?? []).map((proxy) => proxy.close()));
    await bench?.cloud.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
