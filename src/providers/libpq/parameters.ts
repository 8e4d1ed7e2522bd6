/**
 * The parameters that libpq knows, and what becomes of each here: heeded,
 * without effect on a comparison, or refused, because leaving it out would
 * connect in another way than was asked for. Literal tables.
 */
import { UsageError } from "../../core/errors.ts";

export type Parameters = ReadonlyMap<string, string>;

/** With the variable that gives it where nothing else does. */
const heeded: { readonly [name: string]: string | undefined } = {
  service: "PGSERVICE",
  host: "PGHOST",
  hostaddr: "PGHOSTADDR",
  port: "PGPORT",
  dbname: "PGDATABASE",
  user: "PGUSER",
  password: "PGPASSWORD",
  passfile: "PGPASSFILE",
  options: "PGOPTIONS",
  connect_timeout: "PGCONNECT_TIMEOUT",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
};

/** Values that change nothing here; with any other the connection string is refused. */
const refusedUnless: { readonly [name: string]: readonly string[] } = {
  channel_binding: ["disable", "prefer"],
  gssdelegation: ["0"],
  gssencmode: ["disable", "prefer"],
  load_balance_hosts: ["disable"],
  max_protocol_version: ["3.0", "3.2", "latest"],
  min_protocol_version: ["3.0"],
  oauth_client_id: [],
  oauth_client_secret: [],
  oauth_issuer: [],
  oauth_scope: [],
  replication: ["false", "off", "no", "0"],
  require_auth: [],
  requirepeer: [],
  scram_client_key: [],
  scram_server_key: [],
  ssl_max_protocol_version: ["TLSv1.3"],
  ssl_min_protocol_version: ["TLSv1", "TLSv1.1", "TLSv1.2"],
  sslcert: [],
  sslcertmode: ["disable", "allow"],
  sslcrl: [],
  sslcrldir: [],
  sslkey: [],
  sslkeylogfile: [],
  sslnegotiation: ["postgres"],
  sslpassword: [],
  sslsni: ["1"],
  target_session_attrs: ["any"],
};

const variables: { readonly [name: string]: string | undefined } = {
  ...heeded,
  channel_binding: "PGCHANNELBINDING",
  gssencmode: "PGGSSENCMODE",
  load_balance_hosts: "PGLOADBALANCEHOSTS",
  require_auth: "PGREQUIREAUTH",
  requirepeer: "PGREQUIREPEER",
  ssl_max_protocol_version: "PGSSLMAXPROTOCOLVERSION",
  ssl_min_protocol_version: "PGSSLMINPROTOCOLVERSION",
  sslcert: "PGSSLCERT",
  sslcertmode: "PGSSLCERTMODE",
  sslcrl: "PGSSLCRL",
  sslcrldir: "PGSSLCRLDIR",
  sslkey: "PGSSLKEY",
  sslnegotiation: "PGSSLNEGOTIATION",
  target_session_attrs: "PGTARGETSESSIONATTRS",
};

/** How long a dead connection is kept, what it is called: the comparison sees to these itself. */
const withoutEffect: ReadonlySet<string> = new Set([
  "application_name",
  "authtype",
  "client_encoding",
  "fallback_application_name",
  "gsslib",
  "keepalives",
  "keepalives_count",
  "keepalives_idle",
  "keepalives_interval",
  "krbsrvname",
  "sslcompression",
  "tcp_user_timeout",
]);

export const parameterNames: readonly string[] = [
  ...Object.keys(heeded),
  ...Object.keys(refusedUnless),
  ...withoutEffect,
];

export function isParameter(name: string): boolean {
  return parameterNames.includes(name);
}

export interface Environment {
  readonly [name: string]: string | undefined;
}

/** What was said, and where nothing was, what the environment says. */
export function withVariables(said: Parameters, environment: Environment): Parameters {
  const all = new Map(said);
  for (const [name, variable] of Object.entries(variables)) {
    const value = variable === undefined ? undefined : environment[variable];
    if (value !== undefined && !all.has(name)) all.set(name, value);
  }
  return all;
}

/** Throws UsageError for a parameter that this program cannot do as libpq does. */
export function refuseUnsupported(parameters: Parameters): void {
  for (const [name, harmless] of Object.entries(refusedUnless)) {
    const value = parameters.get(name) ?? "";
    if (value === "" || harmless.includes(value)) continue;
    const variable = variables[name];
    const or = variable === undefined ? "" : ` (or ${variable})`;
    const but = harmless.length === 0 ? "" : ` other than ${harmless.join(", ")}`;
    throw new UsageError({ message: `${name}${or}${but} is not supported here: leave it out` });
  }
}
