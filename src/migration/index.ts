/** What a person can ask for: each command is one of these calls. */
export type * from "./api.ts";
export { run, undo } from "./carry-out.ts";
export { preview, status } from "./look.ts";
export { explainKinds, schemaText } from "./explain.ts";
export { verify } from "./verify.ts";
export { verifyPair } from "./verify-pair.ts";
