/** Real PostgreSQL servers for the rehearsal and for tests. */
export type { Major } from "./binaries.ts";
export { freePort } from "./port.ts";
export {
  type Login,
  type Server,
  type ServerOptions,
  startServer,
  type StopMode,
} from "./server.ts";
export { baseSettings, type ServerSettings } from "./settings.ts";
export { type Role, shapeSource, sourceSettings, type SourceShape } from "./source-shape.ts";
export { asSuperuser, runAsSuperuser, type SuperuserSession } from "./superuser.ts";
export {
  allowExtensions,
  createTargetDatabase,
  shapeTarget,
  targetSettings,
  type TargetShape,
} from "./target-shape.ts";
