/** The step kinds: a literal list, in the order in which a plan mostly has them. */
import type { StepKind } from "../core/step.ts";
import { accessCarried } from "./access-carried/index.ts";
import { approved } from "./approved.ts";
import { configStaged } from "./config-staged/index.ts";
import { configRepointed } from "./config-repointed/index.ts";
import { copyAgrees } from "./copy-agrees/index.ts";
import { cutoverComplete } from "./cutover-complete/index.ts";
import { dataEqual } from "./data-equal/index.ts";
import { dataStreaming } from "./data-streaming/index.ts";
import { dnsFlipped } from "./dns-flipped/index.ts";
import { dnsTtlLowered } from "./dns-ttl-lowered/index.ts";
import { preflightPassed } from "./preflight-passed/index.ts";
import { restEqual } from "./rest-equal/index.ts";
import { sequencesAdvanced } from "./sequences-advanced.ts";
import { serviceHealthy } from "./service-healthy.ts";
import { sourceFrozen } from "./source-frozen/index.ts";
import { sourcePrepared } from "./source-prepared/index.ts";
import { sourceSnapshotted } from "./source-snapshotted/index.ts";
import { targetPrepared } from "./target-prepared/index.ts";
import type { World } from "./world.ts";

/** A kind whose settings and observations are its own business. */
// oxlint-disable-next-line typescript/no-explicit-any -- existential types: each kind only ever meets its own
export type AnyKind = StepKind<World, any, any>;

export const kinds: readonly AnyKind[] = [
  preflightPassed,
  sourceSnapshotted,
  sourcePrepared,
  targetPrepared,
  dnsTtlLowered,
  dataStreaming,
  copyAgrees,
  configStaged,
  approved,
  sourceFrozen,
  cutoverComplete,
  accessCarried,
  sequencesAdvanced,
  dataEqual,
  configRepointed,
  dnsFlipped,
  serviceHealthy,
  restEqual,
];

export function kindNamed(name: string): AnyKind {
  const kind = kinds.find((known) => known.kind === name);
  if (kind === undefined) throw new Error(`The plan was parsed, yet ${name} is no step kind.`);
  return kind;
}
