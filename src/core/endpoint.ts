/**
 * Where a PostgreSQL database is and how to be let in: the same words for the
 * driver and for the command-line tools. Holds no connection.
 */
import type { Secret } from "./secret.ts";

/** libpq's `sslmode`, without the modes that may silently talk in the clear. */
export type TlsMode = "verify-full" | "verify-ca" | "require" | "disable";

export interface TlsSettings {
  readonly mode: TlsMode;
  /** PEM text. Absent: the authorities that Node trusts. */
  readonly ca?: string;
}

export interface Endpoint {
  /** A name, an address, or the folder of a socket: the latter starts with `/`. */
  readonly host: string;
  /** Where to connect instead of looking the name up; the certificate is still the host's. */
  readonly address?: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Empty where there is none: the server may not ask. */
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
