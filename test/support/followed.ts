/**
 * Two databases of which the target follows the source by PostgreSQL's own
 * logical replication, with something that writes to the source all the time.
 */
import { setTimeout } from "node:timers/promises";
import type pg from "pg";
import type { Endpoint } from "../../src/core/endpoint.ts";
import { connect } from "../../src/providers/postgres/index.ts";
import { createMarkerTable, hasMarker, writeMarker } from "../../src/steps/marker.ts";
import {
  compareWhileWritten,
  type Fence,
  type WrittenComparison,
  type WrittenRequest,
} from "../../src/verification/index.ts";
import type { Pair } from "./postgres.ts";
import {
  type ComparedDatabases,
  comparedDatabases,
  roleNamingOf,
  runSql,
  sideOf,
} from "./verification.ts";

const limitMs = 60_000;

function writable(endpoint: Endpoint): Promise<pg.Client> {
  return connect(endpoint, { server: "test", signal: AbortSignal.timeout(limitMs), write: true });
}

export interface Followed extends ComparedDatabases {
  /** Off: what is written to the source stays there until it is on again. */
  following(on: boolean): Promise<void>;
  /** Written to the source and never carried. */
  lose(table: string, sql: string): Promise<void>;
  /** Resolves when everything written before is on the target. */
  readonly fence: Fence;
  compareWritten(request?: Partial<WrittenRequest>): Promise<WrittenComparison>;
}

function markerFence({ source, target }: ComparedDatabases): Fence {
  let fences = 0;
  return async (signal) => {
    const name = `fence ${++fences}`;
    const ours = await writable(source);
    const theirs = await connect(target, { server: "test", signal });
    try {
      await writeMarker(ours, "test", name);
      // oxlint-disable no-await-in-loop -- asked until it is there
      while (!(await hasMarker(theirs, "test", name))) {
        await setTimeout(10, undefined, { signal });
      }
      // oxlint-enable no-await-in-loop
    } finally {
      await Promise.all([ours.end(), theirs.end()]);
    }
  };
}

/** `tables`: definition and rows, for both sides; all of them are followed. */
export async function followedDatabases(pair: Pair, tables: string): Promise<Followed> {
  const databases = await comparedDatabases(pair);
  const { name } = databases;
  await databases.both(tables);
  await Promise.all(
    [databases.source, databases.target].map(async (endpoint) => {
      const client = await writable(endpoint);
      try {
        await createMarkerTable(client);
      } finally {
        await client.end();
      }
    }),
  );
  const { rows } = await runSql(
    databases.source,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname in ('public', 'opensauced_migrate')`,
  );
  const names = rows.map((row: { name: string }) => row.name);
  const { host, port, user, password } = pair.source.superuser;
  await databases.onSource(`create publication ${name} for table ${names.join(", ")}`);
  await databases.onTarget(`create subscription ${name}
    connection 'host=${host} port=${port} dbname=${name} user=${user} password=${password.reveal()} sslmode=require'
    publication ${name} with (copy_data = false)`);
  const fence = markerFence(databases);
  return {
    ...databases,
    fence,
    following: (on) =>
      databases.onTarget(`alter subscription ${name} ${on ? "enable" : "disable"}`),
    // In one transaction: what others write to the table at the same time is carried.
    lose: (table, sql) =>
      databases.onSource(`alter publication ${name} drop table ${table};
        ${sql};
        alter publication ${name} add table ${table}`),
    compareWritten: (request = {}) =>
      compareWhileWritten({
        source: sideOf("source", databases.source),
        target: sideOf("target", databases.target),
        fence,
        signal: AbortSignal.timeout(limitMs),
        ...request,
        options: { roles: roleNamingOf(pair), ...request.options },
      }),
  };
}

export interface Writing {
  /** Statements that the source has acknowledged. */
  readonly written: number;
  /** Ends it; throws what a write threw. */
  stop(): Promise<void>;
}

let numbered = 0;

/** One statement after the other, `everyMs` apart or without a pause: `next` is given a number that no other has. */
export async function startWriting(
  endpoint: Endpoint,
  next: (n: number) => string,
  everyMs = 0,
): Promise<Writing> {
  const client = await writable(endpoint);
  let written = 0;
  const stopping = new AbortController();
  const writing = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // oxlint-disable no-await-in-loop -- one after the other
      await client.query(next(++numbered));
      written++;
      if (everyMs > 0) await setTimeout(everyMs);
      // oxlint-enable no-await-in-loop
    }
  };
  const ended = writing();
  ended.catch(() => undefined);
  return {
    get written() {
      return written;
    },
    stop: async () => {
      stopping.abort();
      try {
        await ended;
      } finally {
        await client.end();
      }
    },
  };
}
