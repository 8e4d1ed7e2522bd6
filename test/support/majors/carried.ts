/**
 * One database with every object and every type, made on PostgreSQL 15 and
 * carried to the other majors, and to 15 once more, as people do it: by pg_dump.
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { type Endpoint, onDatabase } from "../../../src/providers/postgres/index.ts";
import type { Server } from "../../../src/rehearsal/postgres/index.ts";
import { clientEnvironment } from "../client-programs.ts";
import { runSql } from "../verification.ts";
import { everyKeySql, everyTypeSql } from "./planted.ts";

const name = "carried";

/** What a dump and a template leave out: settings and grants of the database itself. */
export const besides = (database: string): string => `
  set quote_all_identifiers = off; -- it would change what is stored of a search_path
  alter database ${database} set work_mem = '8MB';
  alter role shop_owner in database ${database} set search_path = shop, public;
  grant create on database ${database} to shop_reader;`;

async function psql(on: Endpoint, file: string): Promise<void> {
  const options = ["-q", "-X", "-v", "ON_ERROR_STOP=1", "-f", file];
  await execa("psql", options, { env: clientEnvironment(on) });
}

/** With user types before it, so that those of the dump get other oids than on the source. */
async function restored(server: Server, database: string, file: string): Promise<Endpoint> {
  await runSql(server.superuser, `create database ${database} template template0`);
  const endpoint = onDatabase(server.superuser, database);
  await runSql(
    endpoint,
    "create type junk as enum ('x'); create type other as (a int); drop type junk, other",
  );
  await psql(endpoint, file);
  await runSql(endpoint, besides(database));
  return endpoint;
}

export interface Carried {
  readonly source: Endpoint;
  /** By major; of the source's own, the copy. */
  readonly copies: ReadonlyMap<number, Endpoint>;
}

export async function carry(source: Server, targets: readonly Server[]): Promise<Carried> {
  const servers = [source, ...targets];
  await Promise.all(
    servers.map((server) =>
      runSql(server.superuser, "create role shop_owner; create role shop_reader"),
    ),
  );
  await runSql(source.superuser, `create database ${name} template template0`);
  const made = onDatabase(source.superuser, name);
  const read = (file: string): Promise<string> =>
    readFile(path.join(import.meta.dirname, file), "utf8");
  await runSql(made, await read("values.sql"));
  await runSql(made, `${everyTypeSql}\n${everyKeySql}`);
  await runSql(made, await read("objects.sql"));
  await runSql(made, besides(name));
  const { stdout } = await execa("pg_dump", [], { env: clientEnvironment(made) });
  const file = path.join(path.dirname(path.dirname(source.dataFolder)), "carried.sql");
  await writeFile(file, stdout);
  const copies = await Promise.all(
    servers.map(async (server): Promise<[number, Endpoint]> => {
      const database = server === source ? `${name}_again` : name;
      return [server.major, await restored(server, database, file)];
    }),
  );
  return { source: made, copies: new Map(copies) };
}
