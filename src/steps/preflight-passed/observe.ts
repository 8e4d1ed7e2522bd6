/** Everything that the checks are made on, read at the same time. Reads only. */
import type { StepContext } from "../../core/step.ts";
import type { MigratedDatabase } from "../../core/plan/ends.ts";
import type { FoundTools } from "../../providers/postgres-tools/index.ts";
import type { World } from "../world.ts";
import { observeClouds, type CloudsSeen } from "./observe/clouds.ts";
import { observeDatabases, type SourceDatabase } from "./observe/database.ts";
import { observeLogins, type Login } from "./observe/logins.ts";
import { observeDisk, observeTools, type Disk } from "./observe/machine.ts";
import { observeProbe, type Probe } from "./observe/probe.ts";
import { observeSourceServer, type SourceServer } from "./observe/source-server.ts";
import { observeTargetServer, type TargetServer } from "./observe/target-server.ts";
import type { SourcePreparedSettings } from "../source-prepared/settings.ts";
import { valueOf, type Reading } from "./reading.ts";
import type { PreflightSettings } from "./settings.ts";

export interface PreflightSeen {
  readonly planned: readonly MigratedDatabase[];
  /** Tables that a `source-prepared` step of the plan will have followed by the whole row. */
  readonly promised: readonly string[];
  readonly source: Reading<SourceServer>;
  readonly probe: Probe;
  readonly target: Reading<TargetServer>;
  readonly databases: readonly SourceDatabase[];
  readonly logins: readonly Login[];
  readonly clouds: CloudsSeen;
  /** Undefined: not asked for, or the source's version is not known. */
  readonly tools: Reading<FoundTools> | undefined;
  readonly disk: Reading<Disk> | undefined;
}

export async function observePreflight(
  world: World,
  settings: PreflightSettings,
  context: StepContext,
): Promise<PreflightSeen> {
  const [onSource, target, databases, logins, clouds, disk] = await Promise.all([
    observeServerAndWhatNeedsIt(world, settings, context),
    observeTargetServer(world, context),
    observeDatabases(world, context),
    observeLogins(world, context),
    observeClouds(world, settings, context),
    observeDisk(world, settings, context),
  ]);
  const planned = world.databases;
  const promised = world
    .settingsOfKind("source-prepared")
    .flatMap((given) => (given as SourcePreparedSettings).replicaIdentityFull);
  return { planned, promised, ...onSource, target, databases, logins, clouds, disk };
}

async function observeServerAndWhatNeedsIt(
  world: World,
  settings: PreflightSettings,
  context: StepContext,
): Promise<Pick<PreflightSeen, "source" | "probe" | "tools">> {
  const source = await observeSourceServer(world, context);
  const server = valueOf(source);
  const [probe, tools] = await Promise.all([
    observeProbe(world, settings, server, context),
    observeTools(world, settings, server?.facts.versionNum, context),
  ]);
  return { source, probe, tools };
}
