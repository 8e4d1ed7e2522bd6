/** One database of the source as the admin sees it. Reads only, in one session. */
import type pg from "pg";
import type { StepContext } from "../../../core/step.ts";
import { markerSchema } from "../../marker.ts";
import { readSettings, type ReadOnlySetting } from "../../source-frozen/read-only.ts";
import type { World } from "../../world.ts";
import { reading, readingIn, type Reading } from "../reading.ts";
import { readObjects, type ObjectFacts } from "./objects.ts";
import { readTables, type TableFacts } from "./tables.ts";
import { readUnrestorable, type Unrestorable } from "./unrestorable.ts";

export interface SourceDatabase {
  readonly name: string;
  readonly seen: Reading<DatabaseParts>;
}

export interface DatabaseParts {
  readonly facts: Reading<DatabaseFacts>;
  readonly tables: Reading<readonly TableFacts[]>;
  readonly extensions: Reading<readonly Extension[]>;
  readonly objects: Reading<readonly ObjectFacts[]>;
  readonly readOnly: Reading<readonly ReadOnlySetting[]>;
  readonly unrestorable: Reading<Unrestorable>;
}

export interface DatabaseFacts {
  readonly encoding: string;
  readonly collation: string;
  /** `c`, `i` (ICU), `b`; null before PostgreSQL 15, which knows only `c`. */
  readonly localeProvider: string | null;
  readonly bytes: number;
  readonly owner: string;
  /** The admin may change the database's settings. */
  readonly owned: boolean;
  readonly mayCreate: boolean;
  readonly largeObjects: number;
  readonly eventTriggers: readonly string[];
  /** Made by users: Azure's service carries none. */
  readonly collations: readonly string[];
}

export interface Extension {
  readonly name: string;
  readonly schema: string;
  readonly version: string;
}

export function observeDatabases(
  world: World,
  { signal }: StepContext,
): Promise<readonly SourceDatabase[]> {
  return Promise.all(
    world.databases.map(async ({ name, roles }) => ({
      name,
      seen: await reading(`database ${name}`, signal, () =>
        world.source.use(name, { signal }, async (client) => ({
          facts: await readingIn(client, `facts of database ${name}`, signal, readFacts),
          tables: await readingIn(client, `tables of database ${name}`, signal, readTables),
          extensions: await readingIn(client, `extensions of ${name}`, signal, readExtensions),
          objects: await readingIn(client, `objects of database ${name}`, signal, (each) =>
            readObjects(each, roles),
          ),
          readOnly: await readingIn(client, `settings of database ${name}`, signal, (each) =>
            readSettings(each, [name]),
          ),
          unrestorable: await readingIn(client, `objects of ${name}`, signal, readUnrestorable),
        })),
      ),
    })),
  );
}

// `datlocprovider` came with PostgreSQL 15.
async function readFacts(client: pg.Client): Promise<DatabaseFacts> {
  const { rows } = await client.query<DatabaseFacts>(
    `SELECT pg_catalog.pg_encoding_to_char(d.encoding)::text AS encoding, d.datcollate::text AS collation,
       pg_catalog.to_jsonb(d) ->> 'datlocprovider' AS "localeProvider",
       pg_catalog.pg_database_size(d.oid)::float8 AS bytes,
       o.rolname::text AS owner,
       pg_catalog.pg_has_role(d.datdba, 'USAGE') AS owned,
       pg_catalog.has_database_privilege(d.oid, 'CREATE') AS "mayCreate",
       (SELECT pg_catalog.count(*)::float8 FROM pg_catalog.pg_largeobject_metadata) AS "largeObjects",
       ARRAY(SELECT e.evtname::text FROM pg_catalog.pg_event_trigger e
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.objid = e.oid AND x.deptype = 'e'
           AND x.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass) ORDER BY 1) AS "eventTriggers",
       ARRAY(SELECT pg_catalog.format('%I.%I', n.nspname, c.collname)
         FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
         WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', $1)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.objid = c.oid AND x.deptype = 'e'
             AND x.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass) ORDER BY 1) AS collations
     FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles o ON o.oid = d.datdba
     WHERE d.datname = pg_catalog.current_database()`,
    [markerSchema],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("A database is not in its own catalog.");
  return row;
}

async function readExtensions(client: pg.Client): Promise<readonly Extension[]> {
  const { rows } = await client.query<Extension>(
    `SELECT e.extname::text AS name, n.nspname::text AS schema, e.extversion AS version
     FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
     WHERE e.extname <> 'plpgsql' ORDER BY 1`,
  );
  return rows;
}
