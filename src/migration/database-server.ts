/** The two PostgreSQL servers as the steps know them: where they are is asked of the clouds. */
import { MigrationError, UnreadableError } from "../core/errors.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { KnownPlace } from "../core/journal/entry.ts";
import type { Plan } from "../core/plan/plan.ts";
import type { AzureServer } from "../providers/azure/index.ts";
import type { DigitalOcean } from "../providers/digitalocean/index.ts";
import {
  connect,
  HeldConnection,
  refusedConnection,
  withClient,
  type ConnectOptions,
} from "../providers/postgres/index.ts";
import type { DatabaseServer, ResolvedReferences, UseOptions } from "../steps/world.ts";

type Place = Pick<Endpoint, "host" | "port" | "tls">;

/** A server whose held connection is closed with the command. */
export interface ClosableServer extends DatabaseServer {
  close(): Promise<void>;
}

interface ServerParts {
  readonly label: "source" | "target";
  readonly admin: string;
  readonly adminPassword: string;
  readonly maintenanceDatabase: string;
  readonly plan: Plan;
  readonly references: ResolvedReferences;
  /** The reference to an application role's password on this side. */
  passwordOf(role: Plan["roles"][number]): string;
  locate(signal: AbortSignal): Promise<Place>;
}

export function sourceServer(
  plan: Plan,
  references: ResolvedReferences,
  digitalOcean: DigitalOcean,
  /** From the run's journal. */
  known?: KnownPlace,
): ClosableServer {
  const end = plan.source.digitalocean;
  const ask = async (signal: AbortSignal): Promise<Place> => {
    const cluster = await digitalOcean.getCluster(references.text(end.cluster), signal);
    if (cluster.connection === undefined) {
      throw new UnreadableError({
        message: `DigitalOcean does not tell where the cluster ${cluster.name} (${cluster.status}) can be reached.`,
        meaning: "The source cannot be reached, and nothing was changed.",
        remedy: `doctl databases connection ${cluster.id}`,
      });
    }
    const { host, port } = cluster.connection;
    const ca = await digitalOcean.getCa(cluster.id, signal);
    return { host, port, tls: { mode: "verify-full", ca } };
  };
  return server({
    label: "source",
    admin: end.user,
    adminPassword: end.password,
    maintenanceDatabase: "defaultdb",
    plan,
    references,
    passwordOf: (role) => role.password,
    locate: (signal) => (known === undefined ? ask(signal) : askSoon(ask, known, signal)),
  });
}

/** Milliseconds. A frozen source may be waiting for its thaw. */
const soonMs = 5_000;

/** Where the API says, if it says so soon; else where the run reached the source before. */
async function askSoon(
  ask: (signal: AbortSignal) => Promise<Place>,
  { host, port, ca }: KnownPlace,
  signal: AbortSignal,
): Promise<Place> {
  const soon = AbortSignal.timeout(soonMs);
  try {
    return await ask(AbortSignal.any([signal, soon]));
  } catch (error) {
    signal.throwIfAborted();
    if (!soon.aborted && !(error instanceof MigrationError)) throw error;
    return { host, port, tls: { mode: "verify-full", ...(ca === undefined ? {} : { ca }) } };
  }
}

export function targetServer(
  plan: Plan,
  references: ResolvedReferences,
  azure: AzureServer,
): ClosableServer {
  const end = plan.target.azure;
  const ca = end.databaseCa === undefined ? {} : { ca: references.text(end.databaseCa) };
  return server({
    label: "target",
    admin: end.user,
    adminPassword: end.password,
    maintenanceDatabase: "postgres",
    plan,
    references,
    passwordOf: (role) => role.targetPassword ?? role.password,
    async locate(signal) {
      const { host, name } = await azure.getServer({ signal });
      if (host === undefined) {
        throw new UnreadableError({
          message: `Azure does not tell the host name of the server ${name}.`,
          meaning: "The target cannot be reached, and nothing was changed.",
          remedy: `az postgres flexible-server show --name ${name} --resource-group ${references.text(end.resourceGroup)}`,
        });
      }
      return { host, port: Number(references.text(end.port)), tls: { mode: "verify-full", ...ca } };
    },
  });
}

function server(parts: ServerParts): ClosableServer {
  const { label, admin, plan, references } = parts;
  let place: Promise<Place> | undefined;
  // Where a server is does not change within a process; a failure is asked again.
  const locate = (signal: AbortSignal): Promise<Place> => {
    place ??= parts.locate(signal).catch((error: unknown) => {
      place = undefined;
      throw error;
    });
    return place;
  };
  const endpoint = async (
    database: string,
    signal: AbortSignal,
    role?: string,
  ): Promise<Endpoint> => {
    const planned = plan.roles.find(({ name }) => name === role);
    const reference = planned === undefined ? parts.adminPassword : parts.passwordOf(planned);
    return {
      ...(await locate(signal)),
      database,
      user: role ?? admin,
      password: references.secret(reference),
    };
  };
  const connectOptions = (options: UseOptions): ConnectOptions => ({
    server: label,
    signal: options.signal,
    ...(options.write === undefined ? {} : { write: options.write }),
    ...(options.asApplication === undefined ? {} : { asApplication: options.asApplication }),
    ...(options.statementMs === undefined
      ? {}
      : { timeouts: { statementMs: options.statementMs } }),
  });
  const reached = async <T>(
    database: string,
    options: UseOptions,
    use: (place: Endpoint) => Promise<T>,
  ): Promise<T> => {
    const place = await endpoint(database, options.signal, options.role);
    try {
      return await use(place);
    } catch (error) {
      const { maintenanceDatabase } = parts;
      throw await refusedConnection(error, place, maintenanceDatabase, connectOptions(options));
    }
  };
  const held = new HeldConnection(label, (signal) => endpoint(parts.maintenanceDatabase, signal));
  return {
    label,
    admin,
    maintenanceDatabase: parts.maintenanceDatabase,
    endpoint,
    hold: (signal, use) => held.use(signal, use),
    close: () => held.close(),
    use: (database, options, use) =>
      reached(database, options, (place) => withClient(place, connectOptions(options), use)),
    connect: (database, options) =>
      reached(database, options, (place) => connect(place, connectOptions(options))),
  };
}
