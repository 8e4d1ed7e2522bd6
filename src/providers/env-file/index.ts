/** Dotenv files. What may be used from outside the folder. */
export { patchText, quoteValue, readAssignments } from "./dotenv.ts";
export {
  type EnvFile,
  hashText,
  patchEnvFile,
  readEnvFile,
  restoreEnvFile,
  writeEnvFile,
} from "./env-file.ts";
