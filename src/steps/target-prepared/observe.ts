/** What the target has and what the source needs: reads only. */
import { ProviderError } from "../../core/errors.ts";
import type { StepContext } from "../../core/step.ts";
import type { Configuration, FirewallRule } from "../../providers/azure/index.ts";
import { type DatabasesThere, readDatabasesThere } from "../../providers/postgres/index.ts";
import { loginsRefusedByRun } from "../source-frozen/logins.ts";
import type { DatabaseServer, World } from "../world.ts";
import { readActsAs, readInvolvedRoles, readRoles, rolesToCarry, type RoleFacts } from "./roles.ts";
import type { PrepareSettings } from "./settings.ts";

export interface PreparedSeen {
  /** Of every database of the plan on the source, plpgsql left out. */
  readonly extensions: readonly string[];
  readonly allowed: Configuration | undefined;
  readonly preload: Configuration | undefined;
  /** By the name the plan gives; undefined when the server has no such parameter. */
  readonly parameters: ReadonlyMap<string, Configuration | undefined>;
  readonly pendingRestart: readonly string[];
  readonly firewall: readonly FirewallRule[];
  /** Those of the plan, with its references filled in. */
  readonly plannedFirewall: readonly FirewallRule[];
  readonly carried: readonly RoleFacts[];
  readonly targetRoles: readonly RoleFacts[];
  /** Roles of the target as which its admin may act: only those can be handed objects. */
  readonly actsAs: readonly string[];
  /** Roles of the plan that exist on the target and that its password does not open. */
  readonly refusedLogins: readonly string[];
  readonly sourceDatabases: readonly DatabaseFacts[];
  readonly targetDatabases: DatabasesThere;
}

export interface DatabaseFacts {
  readonly name: string;
  readonly encoding: string;
  readonly collation: string;
}

export async function observePrepared(
  world: World,
  settings: PrepareSettings,
  { signal, notes }: StepContext,
): Promise<PreparedSeen> {
  const { azure, source, target } = world;
  const names = world.databases.map(({ name }) => name);
  const [allowed, preload, parameters, firewall, sourceRoles, targetRoles, involved, extensions] =
    await Promise.all([
      azure.getConfiguration("azure.extensions", { signal }),
      azure.getConfiguration("shared_preload_libraries", { signal }),
      readParameters(world, settings, signal),
      azure.listFirewallRules({ signal }),
      source.use(source.maintenanceDatabase, { signal }, readRoles),
      target.use(target.maintenanceDatabase, { signal }, readRoles),
      inEveryDatabase(source, names, signal, readInvolvedRoles),
      inEveryDatabase(source, names, signal, async (client) => {
        const { rows } = await client.query<{ extname: string }>(
          "SELECT extname FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql' ORDER BY 1",
        );
        return rows.map((row) => row.extname);
      }),
    ]);
  const planned = world.roles.map(({ name }) => name);
  // The admin is carried only where applications log in as it.
  const left = planned.includes(source.admin) ? undefined : source.admin;
  // Refused by the freeze, and not by anybody's will: it must not travel.
  const refused = loginsRefusedByRun(notes);
  const before = sourceRoles.map((role) => ({
    ...role,
    login: role.login || refused.includes(role.name),
  }));
  const carried = rolesToCarry(before, [...planned, ...involved], left);
  const pending = [allowed, preload, ...parameters.values()].filter(
    (each) => each?.pendingRestart === true,
  );
  const existing = planned.filter((name) => targetRoles.some((role) => role.name === name));
  return {
    extensions: extensions.filter((name) => !settings.leaveOut.includes(name)),
    allowed,
    preload,
    parameters,
    pendingRestart: pending.flatMap((each) => (each === undefined ? [] : [each.name])),
    firewall,
    plannedFirewall: settings.firewall.map(({ name, first, last }) => ({
      name,
      first: world.references.text(first),
      last: world.references.text(last ?? first),
    })),
    carried,
    targetRoles,
    actsAs: await target.use(target.maintenanceDatabase, { signal }, readActsAs),
    refusedLogins: await refusedLogins(world, existing, signal),
    sourceDatabases: await readDatabases(source, names, signal),
    targetDatabases: await target.use(target.maintenanceDatabase, { signal }, (client) =>
      readDatabasesThere(client, names),
    ),
  };
}

async function readParameters(world: World, settings: PrepareSettings, signal: AbortSignal) {
  const entries = Object.keys(settings.parameters).map(
    async (name) => [name, await world.azure.getConfiguration(name, { signal })] as const,
  );
  return new Map(await Promise.all(entries));
}

async function inEveryDatabase(
  server: DatabaseServer,
  names: readonly string[],
  signal: AbortSignal,
  read: Parameters<typeof server.use<readonly string[]>>[2],
): Promise<readonly string[]> {
  const found = await Promise.all(names.map((name) => server.use(name, { signal }, read)));
  return [...new Set(found.flat())].toSorted();
}

async function readDatabases(
  server: DatabaseServer,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly DatabaseFacts[]> {
  return server.use(server.maintenanceDatabase, { signal }, async (client) => {
    const { rows } = await client.query<DatabaseFacts>(
      `SELECT datname AS name, pg_catalog.pg_encoding_to_char(encoding) AS encoding, datcollate AS collation
       FROM pg_catalog.pg_database WHERE datname = ANY ($1) ORDER BY 1`,
      [names],
    );
    return rows;
  });
}

/** invalid_password; and a role that may not log in at all. */
const refusals = ["28P01", "28000"];

async function refusedLogins(
  world: World,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { target } = world;
  const tried = names.map(async (role) => {
    try {
      await target.use(target.maintenanceDatabase, { signal, role }, (client) =>
        client.query("SELECT 1"),
      );
      return [];
    } catch (error) {
      if (error instanceof ProviderError && refusals.includes(error.code ?? "")) return [role];
      throw error;
    }
  });
  return (await Promise.all(tried)).flat();
}
