/**
 * Where a PostgreSQL database is and how to be let in. Owns the meaning of the
 * TLS modes (libpq's), so that the driver and the command-line tools agree.
 */
import tls from "node:tls";
import type { Secret } from "../../core/secret.ts";

export type TlsMode = "verify-full" | "verify-ca" | "require" | "disable";

export interface TlsSettings {
  readonly mode: TlsMode;
  /** PEM text. Absent: the authorities that Node trusts. */
  readonly ca?: string;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: Secret;
  readonly tls: TlsSettings;
}

/** `host:port/database`, for messages. Never the password. */
export function showEndpoint(endpoint: Endpoint): string {
  return `${endpoint.host}:${endpoint.port}/${endpoint.database}`;
}

/** The same server and user, another database. */
export function onDatabase(endpoint: Endpoint, database: string): Endpoint {
  return { ...endpoint, database };
}

/**
 * `require` with a CA checks the chain, as libpq does when a root certificate
 * is there. The name is checked against the host of the endpoint: Node would
 * check `localhost` for a host that is an IP address, because the driver hands
 * it an already connected socket.
 */
export function tlsOptions(endpoint: Endpoint): tls.ConnectionOptions | false {
  const { mode, ca } = endpoint.tls;
  if (mode === "disable") return false;
  const trust = ca === undefined ? {} : { ca };
  if (mode === "verify-full") {
    return {
      ...trust,
      rejectUnauthorized: true,
      checkServerIdentity: (_, certificate) => tls.checkServerIdentity(endpoint.host, certificate),
    };
  }
  if (mode === "verify-ca" || ca !== undefined) {
    return { ...trust, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  }
  return { rejectUnauthorized: false };
}
