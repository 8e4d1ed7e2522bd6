/** PostgreSQL servers over the wire, by the `pg` driver. What may be used from outside the folder. */
export { type ConnectOptions, connect, openedWith, type Timeouts, withClient } from "./connect.ts";
export { HeldConnection } from "./held.ts";
export {
  type Endpoint,
  onDatabase,
  showEndpoint,
  type TlsMode,
  type TlsSettings,
} from "../../core/endpoint.ts";
export { postgresError, postgresErrorCode } from "./error.ts";
export {
  type DatabasesThere,
  invalidDatabase,
  isDatabaseAbsent,
  readDatabasesThere,
  refusedConnection,
} from "./invalid-database.ts";
export { type DatabaseIdentity, identity } from "./identity.ts";
