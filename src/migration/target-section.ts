/**
 * The target, once it is in use: are the applications there, and can its
 * planner plan? What it holds is the sections' of its databases.
 */
import { quoteQualified } from "../core/identifier.ts";
import type { Finding } from "../core/finding.ts";
import { markerSchema } from "../steps/marker.ts";
import type { World } from "../steps/world.ts";
import type { VerifySection } from "./api.ts";
import { applicationSessions, type RoleSessions, sessionsText } from "./application-sessions.ts";
import { checkedOf, unreadable } from "./database-section.ts";

const title = "target";

export async function targetSection(world: World, signal: AbortSignal): Promise<VerifySection> {
  const names = world.databases.map(({ name }) => name);
  try {
    const sessions = await applicationSessions(world.target, world.roles, names, signal);
    const bare = await Promise.all(
      names.map(async (database) => ({
        database,
        tables: await bareTables(world, database, signal),
      })),
    );
    const findings = [...missing(sessions), ...bare.flatMap(withoutStatistics)];
    const connected = sessionsText(sessions);
    return {
      title,
      checked: checkedOf(findings),
      summary: `${connected === "" ? "no application is connected to it" : `applications are connected to it (sessions: ${connected})`}${bare.every(({ tables }) => tables.length === 0) ? ", and its tables have statistics" : ""}`,
      findings,
    };
  } catch (error) {
    return unreadable(title, error, signal);
  }
}

/** It may have closed its connections while nothing was asked of it, so it stops nothing. */
function missing(sessions: readonly RoleSessions[]): Finding[] {
  const absent = sessions.filter((each) => each.sessions === 0).map(({ role }) => role);
  if (absent.length === 0) return [];
  return [
    {
      code: "no-sessions-on-target",
      severity: "warns",
      message: `${absent.join(", ")} ${absent.length === 1 ? "has" : "have"} no session on the target right now. An application that is in use has some.`,
    },
  ];
}

/**
 * Tables with rows of which the planner knows nothing. pg_stats shows those that
 * the role may read, so others are left out; a generated plan for them is a guess.
 */
const bareSql = `select n.nspname::text as schema, c.relname::text as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence <> 't' and not c.relrowsecurity
    and n.nspname not in ('information_schema', $1) and n.nspname !~ '^pg_'
    and pg_catalog.has_table_privilege(c.oid, 'select')
    and (c.reltuples > 0 or pg_catalog.pg_stat_get_live_tuples(c.oid) > 0)
    and exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0
      and not a.attisdropped and a.attstattarget is distinct from 0)
    and not exists (select from pg_catalog.pg_stats s where s.schemaname = n.nspname and s.tablename = c.relname)
  order by 1, 2`;

async function bareTables(
  world: World,
  database: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { rows } = await world.target.use(database, { signal }, (client) =>
    client.query<{ schema: string; name: string }>(bareSql, [markerSchema]),
  );
  return rows.map(({ schema, name }) => quoteQualified(schema, name));
}

function withoutStatistics({
  database,
  tables,
}: {
  readonly database: string;
  readonly tables: readonly string[];
}): Finding[] {
  if (tables.length === 0) return [];
  return [
    {
      code: "statistics-missing",
      severity: "warns",
      message: `${database}: of ${tables.length === 1 ? "1 table" : `${tables.length} tables`} the target has no statistics yet, so its queries may be planned badly and be slow.`,
      objects: tables,
      remedy: "ANALYZE; -- on the target, in that database",
    },
  ];
}
