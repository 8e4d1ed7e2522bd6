/**
 * From a connection string to the places to try, as libpq would: the string,
 * then its service, then the environment, then defaults. Connects to nothing.
 */
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Endpoint, TlsSettings } from "../../core/endpoint.ts";
import { UsageError } from "../../core/errors.ts";
import { Secret } from "../../core/secret.ts";
import { readKeyValue } from "./key-value.ts";
import {
  type Environment,
  type Parameters,
  refuseUnsupported,
  withVariables,
} from "./parameters.ts";
import { openPasswordFile, socketFolders } from "./password-file.ts";
import { readService } from "./service-file.ts";
import { tlsAttempts } from "./tls.ts";
import { isUrl, readUrl } from "./url.ts";

export interface Place {
  /** The same place, by one TLS setting after the other. */
  readonly attempts: readonly Endpoint[];
}

export interface ConnectionWay {
  /** In the order in which they are tried. */
  readonly places: readonly Place[];
  readonly database: string;
  /** libpq's `options`, for the session; empty where there are none. */
  readonly options: string;
  /** Milliseconds; undefined where nothing was said. */
  readonly connectMs: number | undefined;
  /** What libpq would warn of. */
  readonly warnings: readonly string[];
}

const defaultPort = 5432;

const unfit = (message: string): UsageError => new UsageError({ message });

/** What stands in the string itself. Throws UsageError, whose message repeats nothing of it. */
export function readConnectionString(text: string): Parameters {
  return isUrl(text) ? readUrl(text) : readKeyValue(text);
}

/** Throws UsageError. `database` counts before every other name of one. */
export async function resolveConnection(
  text: string,
  environment: Environment,
  database?: string,
): Promise<ConnectionWay> {
  const said = readConnectionString(text);
  const service = said.get("service") ?? environment["PGSERVICE"];
  const served =
    service === undefined || service === ""
      ? new Map<string, string>()
      : await readService(service, environment);
  const parameters = withVariables(new Map([...served, ...said]), environment);
  refuseUnsupported(parameters);
  const valueOf = (name: string): string => parameters.get(name) ?? "";
  const user = valueOf("user") || os.userInfo().username;
  const name = database ?? (valueOf("dbname") || user);
  const tls = await tlsAttempts(parameters, environment);
  const file = await openPasswordFile(parameters.get("passfile"), environment);
  const password = valueOf("password");
  const places = hostsOf(parameters).map(({ host, address, port }): Place => {
    const lookup = { host: host === "" ? (address ?? "") : host, port, database: name, user };
    const secret = password === "" ? file.find(lookup) : new Secret(password);
    const endpoint = {
      ...placeOf(host, address, port),
      port,
      database: name,
      user,
      password: secret ?? new Secret(""),
    };
    return { attempts: settingsFor(endpoint.host, tls).map((one) => ({ ...endpoint, tls: one })) };
  });
  return {
    places,
    database: name,
    options: valueOf("options"),
    connectMs: timeoutOf(valueOf("connect_timeout")),
    warnings: password === "" && file.ignored !== undefined ? [file.ignored] : [],
  };
}

/** Over a socket of this machine libpq uses no TLS, whatever the mode. */
function settingsFor(host: string, tls: readonly TlsSettings[]): readonly TlsSettings[] {
  return host.startsWith("/") ? [{ mode: "disable" }] : tls;
}

interface Host {
  readonly host: string;
  readonly address: string | undefined;
  readonly port: number;
}

function hostsOf(parameters: Parameters): readonly Host[] {
  const list = (name: string): readonly string[] => (parameters.get(name) ?? "").split(",");
  const [hosts, addresses, ports] = [list("host"), list("hostaddr"), list("port").map(portOf)];
  const [withAddress, withHost] = [addresses.join("") !== "", hosts.join("") !== ""];
  if (withAddress && withHost && hosts.length !== addresses.length) {
    throw unfit("host and hostaddr name different numbers of hosts");
  }
  const count = withAddress ? addresses.length : hosts.length;
  if (ports.length !== 1 && ports.length !== count) {
    throw unfit("there are neither as many ports as hosts nor only one");
  }
  return Array.from({ length: count }, (_, at) => ({
    host: hosts[at] ?? "",
    address: addresses[at] === "" ? undefined : addresses[at],
    port: (ports.length === 1 ? ports[0] : ports[at]) ?? defaultPort,
  }));
}

function portOf(text: string): number {
  if (text === "") return defaultPort;
  const port = /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw unfit("a port is a whole number from 1 to 65535");
}

/** Certificates are checked against the host's name, even where its address was given. */
function placeOf(
  host: string,
  address: string | undefined,
  port: number,
): Pick<Endpoint, "host" | "address"> {
  if (address !== undefined) return { host: host === "" ? address : host, address };
  if (host !== "") return { host };
  const folder = socketFolders.find((one) => existsSync(path.join(one, `.s.PGSQL.${port}`)));
  if (folder !== undefined) return { host: folder };
  throw unfit("no host is named, and no server listens on this machine's usual socket");
}

/** Seconds; zero and less are no limit, one is two (libpq). */
function timeoutOf(text: string): number | undefined {
  if (text === "") return undefined;
  if (!/^\s*-?\d{1,6}\s*$/.test(text)) throw unfit("connect_timeout is a whole number of seconds");
  const seconds = Number(text);
  return seconds <= 0 ? undefined : Math.max(2, seconds) * 1000;
}
