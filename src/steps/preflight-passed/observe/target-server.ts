/** The target's PostgreSQL server: version, rights of the admin, locales. Reads only. */
import type pg from "pg";
import type { StepContext } from "../../../core/step.ts";
import { identity, type DatabaseIdentity } from "../../../providers/postgres/index.ts";
import type { World } from "../../world.ts";
import { readOffers, type TargetOffers } from "./offers.ts";
import { reading, readingIn, type Reading } from "../reading.ts";

export interface TargetServer {
  readonly facts: TargetFacts;
  readonly identity: Reading<DatabaseIdentity>;
  readonly offers: Reading<TargetOffers>;
}

export interface TargetFacts {
  readonly admin: string;
  readonly version: string;
  readonly versionNum: number;
  readonly standby: boolean;
  readonly mayCreateRoles: boolean;
  readonly mayCreateDatabases: boolean;
  /** In Azure's own group; null when the server has no such role. */
  readonly inAdminGroup: boolean | null;
  /** Locales that a database can be created with. */
  readonly locales: readonly string[];
}

export function observeTargetServer(
  world: World,
  { signal }: StepContext,
): Promise<Reading<TargetServer>> {
  const { target } = world;
  return reading("the target's server", signal, () =>
    target.use(target.maintenanceDatabase, { signal }, async (client) => {
      const facts = await readFacts(client);
      return {
        facts,
        identity: await readingIn(client, "the identity of the target", signal, identity),
        offers: await readingIn(client, "what the target offers", signal, (each) =>
          readOffers(each, facts.versionNum),
        ),
      };
    }),
  );
}

async function readFacts(client: pg.Client): Promise<TargetFacts> {
  const { rows } = await client.query<TargetFacts>(
    `SELECT r.rolname AS admin,
       pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_version_num')::int AS "versionNum",
       pg_catalog.pg_is_in_recovery() AS standby,
       r.rolcreaterole OR r.rolsuper AS "mayCreateRoles",
       r.rolcreatedb OR r.rolsuper AS "mayCreateDatabases",
       (SELECT pg_catalog.pg_has_role(g.oid, 'MEMBER') FROM pg_catalog.pg_roles g
         WHERE g.rolname = 'azure_pg_admin') AS "inAdminGroup",
       ARRAY(SELECT c.collcollate::text FROM pg_catalog.pg_collation c WHERE c.collcollate IS NOT NULL
         UNION SELECT d.datcollate::text FROM pg_catalog.pg_database d) AS locales
     FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("The server knows no role for its own session.");
  return row;
}
