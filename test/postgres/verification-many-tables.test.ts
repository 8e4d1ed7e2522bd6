/**
 * Many tables: what costs a round trip is a statement, and statements must not
 * grow with tables. Counted, not timed.
 */
import { beforeAll, expect, it } from "vitest";

import {
  compareDatabases,
  readSequences,
  sequenceAdvances,
  setSequences,
  type Side,
} from "../../src/verification/index.ts";
import { withServers } from "../support/postgres.ts";
import { type ComparedDatabases, comparedDatabases, sideOf } from "../support/verification.ts";
import { connect } from "../../src/providers/postgres/index.ts";
import { Secret } from "../../src/core/secret.ts";

const limitMs = 120_000;
const servers = withServers({ databases: [] });

/** Each table with a key, an index, a sequence and a row; every tenth one partitioned. */
const tables = (from: number, to: number): string => `do $$begin
  for n in ${from}..${to} loop
    if n % 10 = 0 then
      execute format('create table t_%s (id int primary key) partition by list (id)', n);
      execute format('create table t_%1$s_a partition of t_%1$s for values in (1)', n);
    else
      execute format('create table t_%s (id serial primary key, name text default ''x'')', n);
      execute format('create index on t_%s (name)', n);
    end if;
    execute format('insert into t_%s (id) values (1)', n);
    if n % 100 = 0 then commit; end if;
  end loop;
end$$`;

interface Counted {
  readonly side: Side;
  readonly statements: () => number;
}

/** Counts what is sent on every session of a side. */
function counted(side: Side): Counted {
  let sent = 0;
  return {
    statements: () => sent,
    side: {
      ...side,
      connect: async (signal) => {
        const client = await side.connect(signal);
        const query = client.query.bind(client) as (...given: unknown[]) => unknown;
        const counting = (...given: unknown[]): unknown => {
          sent++;
          return query(...given);
        };
        return Object.assign(client, { query: counting });
      },
    },
  };
}

let databases: ComparedDatabases;

beforeAll(async () => {
  databases = await comparedDatabases(servers.pair);
}, limitMs);

async function compare() {
  const source = counted(sideOf("source", databases.source));
  const target = counted(sideOf("target", databases.target));
  const signal = AbortSignal.timeout(limitMs);
  const result = await compareDatabases({ source: source.side, target: target.side, signal });
  return { result, statements: source.statements() + target.statements() };
}

it(
  "six hundred more tables take a few statements more, and one that differs among them is named",
  async () => {
    await databases.both(tables(1, 100));
    const few = await compare();
    expect(few.result.equality).toBe("equal");
    expect(few.result.totals.tables).toBe(100);
    await databases.both(tables(101, 700));
    const many = await compare();
    expect(many.result.equality).toBe("equal");
    expect(many.result.totals).toMatchObject({ tables: 700, tablesEqual: 700, sequences: 630 });
    expect(many.statements - few.statements).toBeLessThan(24);
    await databases.onTarget(
      "update t_677 set name = 'y'; select setval('t_678_id_seq', 1, false)",
    );
    await databases.onSource("select setval('t_678_id_seq', 5)");
    const { result } = await compare();
    expect(result.differences.map(({ code, object }) => `${code} ${object}`)).toEqual([
      'contents-differ "public"."t_677"',
      'sequence-behind "public"."t_678_id_seq"',
      'sequence-behind-column "public"."t_678_id_seq"',
    ]);
  },
  limitMs,
);

it(
  "one table that may not be read is found among hundreds in few statements, and hides no other",
  async () => {
    await databases.onTarget("update t_677 set name = 'x'");
    await databases.both(
      "create role reader login password 'reader'; grant pg_read_all_data to reader",
    );
    await databases.both("alter table t_555 enable row level security");
    const asReader = (side: Side, endpoint: ComparedDatabases["source"]): Counted =>
      counted({
        ...side,
        connect: (signal) =>
          connect(
            { ...endpoint, user: "reader", password: new Secret("reader") },
            { server: side.label, signal },
          ),
      });
    const source = counted(sideOf("source", databases.source));
    const target = asReader(sideOf("target", databases.target), databases.target);
    const signal = AbortSignal.timeout(limitMs);
    const result = await compareDatabases({ source: source.side, target: target.side, signal });
    expect(result.unchecked.map(({ code, object }) => `${code} ${object}`)).toContain(
      'row-level-security "public"."t_555"',
    );
    expect(result.totals.tablesEqual).toBe(699);
    expect(target.statements()).toBeLessThan(130);
  },
  limitMs,
);

it(
  "sequences are read and set without a statement for each",
  async () => {
    await databases.onSource(
      "select setval(c.oid::regclass, 1000) from pg_class c where c.relkind = 'S'",
    );
    const use = async <T>(
      { side }: Counted,
      run: (client: Awaited<ReturnType<Side["connect"]>>) => Promise<T>,
    ): Promise<T> => {
      const client = await side.connect(AbortSignal.timeout(limitMs));
      try {
        return await run(client);
      } finally {
        await client.end();
      }
    };
    const from = counted(sideOf("source", databases.source));
    const to = counted({
      ...sideOf("target", databases.target),
      connect: (signal) => connect(databases.target, { server: "target", signal, write: true }),
    });
    const source = await use(from, readSequences);
    const target = await use(to, readSequences);
    const advances = sequenceAdvances(source, target);
    expect(advances).toHaveLength(630);
    await use(to, async (client) => {
      for (const query of setSequences(advances)) await client.query(query);
    });
    expect(sequenceAdvances(source, await use(to, readSequences))).toEqual([]);
    expect(from.statements() + to.statements()).toBeLessThan(30);
  },
  limitMs,
);
