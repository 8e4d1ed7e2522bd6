/** Pulumi stacks through the Pulumi CLI. What may be used from outside the folder. */
export { type PulumiEvent, readEvent } from "./events.ts";
export type { PulumiFailureCode } from "./failure.ts";
export { findPulumi, type FoundPulumi, type PulumiProgram } from "./find.ts";
export {
  type Allowed,
  type ChangeKind,
  isStateful,
  judgePreview,
  type PreviewRules,
} from "./judge.ts";
export type { LockHolder, LockState } from "./lock.ts";
export { type Preview, type PreviewStep, readPreview } from "./preview.ts";
export type { StackSettings } from "./project.ts";
export type { PulumiEnv } from "./run.ts";
export type { StackCallOptions, StackPlace } from "./command.ts";
export type { ConfigValue } from "./config.ts";
export { openStack, type PendingOperation, type PulumiStack, type StackState } from "./stack.ts";
export type { UpOptions, UpResult } from "./update.ts";
