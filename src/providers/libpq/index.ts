/** Connection strings, services and password files as libpq has them. What may be used from outside the folder. */
export {
  type ConnectionWay,
  type Place,
  readConnectionString,
  resolveConnection,
} from "./resolve.ts";
export type { Environment } from "./parameters.ts";
