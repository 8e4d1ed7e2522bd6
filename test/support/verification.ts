/**
 * Two databases of the same name, one per server, for tests that compare them.
 * Fixture only: what is in them is the test's.
 */
import type pg from "pg";
import type { Endpoint } from "../../src/core/endpoint.ts";
import { Secret } from "../../src/core/secret.ts";
import { connect, onDatabase } from "../../src/providers/postgres/index.ts";
import {
  type CompareOptions,
  compareDatabases,
  type DatabaseComparison,
  type Side,
  type SideLabel,
} from "../../src/verification/index.ts";
import type { Pair } from "./postgres.ts";

const limitMs = 30_000;

export async function runSql(endpoint: Endpoint, sql: string): Promise<pg.QueryResult> {
  const options = { server: "test", signal: AbortSignal.timeout(limitMs), write: true };
  const client = await connect(endpoint, options);
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

export function sideOf(label: SideLabel, endpoint: Endpoint): Side {
  return {
    label,
    database: endpoint.database,
    connect: (signal) => connect(endpoint, { server: label, signal }),
  };
}

export interface ComparedDatabases {
  readonly name: string;
  readonly source: Endpoint;
  readonly target: Endpoint;
  both(sql: string): Promise<void>;
  onSource(sql: string): Promise<void>;
  onTarget(sql: string): Promise<void>;
  compare(options?: Partial<CompareOptions>): Promise<DatabaseComparison>;
}

/** The superusers are called differently, as the providers' own are; the roles named are on both sides. */
export function roleNamingOf({ source, target }: Pair, ...roles: readonly string[]) {
  const map = new Map([
    [source.superuser.user, target.superuser.user],
    ...roles.map((role): [string, string] => [role, role]),
  ]);
  return () => map;
}

export function comparing(source: Endpoint, target: Endpoint): ComparedDatabases {
  const run = async (endpoint: Endpoint, sql: string): Promise<void> => {
    await runSql(endpoint, sql);
  };
  return {
    name: source.database,
    source,
    target,
    both: async (sql) => {
      await Promise.all([run(source, sql), run(target, sql)]);
    },
    onSource: (sql) => run(source, sql),
    onTarget: (sql) => run(target, sql),
    compare: (options = {}) =>
      compareDatabases({
        source: sideOf("source", source),
        target: sideOf("target", target),
        signal: AbortSignal.timeout(limitMs),
        options,
      }),
  };
}

let numbered = 0;

/** Empty, or a copy of `template`, which nobody may be connected to. */
export async function comparedDatabases(
  pair: Pick<Pair, "source" | "target">,
  template = "template0",
): Promise<ComparedDatabases> {
  const name = `compared_${++numbered}`;
  const { source, target } = pair;
  await Promise.all(
    [source, target].map((server) =>
      runSql(server.superuser, `create database ${name} template ${template}`),
    ),
  );
  return comparing(onDatabase(source.superuser, name), onDatabase(target.superuser, name));
}

/** `code object` of each difference, sorted: what a test expects to be the whole list. */
export function found(comparison: DatabaseComparison): string[] {
  return comparison.differences.map(({ code, object }) => `${code} ${object}`).toSorted();
}

/** The same of those that may be cosmetic. */
export function cosmetic(comparison: DatabaseComparison): string[] {
  return comparison.mayBeCosmetic.map(({ code, object }) => `${code} ${object}`).toSorted();
}

export function asRole(endpoint: Endpoint, user: string, password: string): Endpoint {
  return { ...endpoint, user, password: new Secret(password) };
}
