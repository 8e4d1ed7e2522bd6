/** Databases of the real target server, through Azure's routes. */
import type pg from "pg";
import { z } from "zod";
import { quoteIdentifier, quoteLiteral } from "../../../core/identifier.ts";
import { badRequest, resourceNotFound } from "../arm/arm-error.ts";
import { type Answer, bodyOf, type Call, named, ok } from "../arm/call.ts";
import type { Route } from "../arm/router.ts";
import type { FlexibleServer } from "./flexible-server.ts";
import { provider, serverOf, serverPath } from "./server-paths.ts";
import type { ServerParts } from "./servers.ts";
import { withSession } from "./session.ts";

interface Database {
  readonly name: string;
  readonly charset: string;
  readonly collation: string;
}

const databases = `SELECT d.datname AS name, pg_catalog.pg_encoding_to_char(d.encoding) AS charset, d.datcollate AS collation
  FROM pg_catalog.pg_database d WHERE NOT d.datistemplate ORDER BY d.datname`;

function asSuperuser<T>(
  server: FlexibleServer,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return withSession(server.superuser, "postgres", work);
}

function read(server: FlexibleServer): Promise<readonly Database[]> {
  return asSuperuser(server, async (client) => (await client.query<Database>(databases)).rows);
}

function databaseBody(server: FlexibleServer, { name, charset, collation }: Database): unknown {
  return {
    properties: { charset, collation },
    id: `${server.id}/databases/${name}`,
    name,
    type: `${provider}/flexibleServers/databases`,
  };
}

async function find(server: FlexibleServer, name: string): Promise<Database> {
  const found = (await read(server)).find((database) => database.name === name);
  if (found !== undefined) return found;
  throw resourceNotFound(
    `${provider}/flexibleServers/${server.options.name}/databases/${name}`,
    server.options.resourceGroup,
  );
}

const createShape = z.looseObject({
  properties: z
    .looseObject({ charset: z.string().optional(), collation: z.string().optional() })
    .optional(),
});

function create(call: Call, parts: ServerParts): Answer {
  const server = serverOf(call, parts.servers);
  const name = named(call, "database");
  if (!/^[A-Za-z_][\w-]{0,62}$/.test(name)) {
    throw badRequest("InvalidParameterValue", `The database name '${name}' is invalid.`);
  }
  const { properties } = bodyOf(call, createShape);
  return parts.operations.start(call, server.options.locationName, async () => {
    await asSuperuser(server, async (client) => {
      if ((await read(server)).some((database) => database.name === name)) return;
      // Every administrator is a member of azure_pg_admin, which owns what the service creates.
      const service = await client.query(
        "SELECT FROM pg_catalog.pg_roles WHERE rolname = 'azure_pg_admin'",
      );
      const owner = service.rowCount === 0 ? server.options.administratorLogin : "azure_pg_admin";
      const encoding = quoteLiteral(properties?.charset ?? "UTF8");
      // The names of collations differ between machines: one that this machine lacks falls back to template0's.
      const wanted = properties?.collation;
      const known =
        wanted !== undefined &&
        (await client.query("SELECT 1 FROM pg_catalog.pg_collation WHERE collname = $1", [wanted]))
          .rowCount !== 0;
      const collation = known
        ? ` LC_COLLATE ${quoteLiteral(wanted)} LC_CTYPE ${quoteLiteral(wanted)}`
        : "";
      await client.query(
        `CREATE DATABASE ${quoteIdentifier(name)} OWNER ${quoteIdentifier(owner)}` +
          ` TEMPLATE template0 ENCODING ${encoding}${collation}`,
      );
    });
    return databaseBody(server, await find(server, name));
  });
}

async function drop(call: Call, parts: ServerParts): Promise<Answer> {
  const server = serverOf(call, parts.servers);
  const name = named(call, "database");
  if (!(await read(server)).some((database) => database.name === name)) return { status: 204 };
  return parts.operations.start(call, server.options.locationName, async () => {
    await asSuperuser(server, (client) =>
      client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`),
    );
  });
}

export function databaseRoutes(parts: ServerParts): readonly Route[] {
  const path = `${serverPath}/databases`;
  return [
    {
      method: "GET",
      path,
      handler: async (call) => {
        const server = serverOf(call, parts.servers);
        return ok({
          value: (await read(server)).map((database) => databaseBody(server, database)),
        });
      },
    },
    {
      method: "GET",
      path: `${path}/{database}`,
      handler: async (call) => {
        const server = serverOf(call, parts.servers);
        return ok(databaseBody(server, await find(server, named(call, "database"))));
      },
    },
    { method: "PUT", path: `${path}/{database}`, handler: (call) => create(call, parts) },
    { method: "DELETE", path: `${path}/{database}`, handler: (call) => drop(call, parts) },
  ];
}
