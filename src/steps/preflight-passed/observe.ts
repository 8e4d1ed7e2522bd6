/** Everything that the checks are made on, read at the same time. Reads only. */
import type { StepContext } from "../../core/step.ts";
import type { World } from "../world.ts";
import { type Login, observeLogins } from "./observe/logins.ts";
import { observeSourceServer, type SourceServer } from "./observe/source-server.ts";
import { observeTargetServer, type TargetServer } from "./observe/target-server.ts";
import type { Reading } from "./reading.ts";
import type { PreflightSettings } from "./settings.ts";

export interface PreflightSeen {
  readonly source: Reading<SourceServer>;
  readonly target: Reading<TargetServer>;
  readonly logins: readonly Login[];
}

export async function observePreflight(
  world: World,
  _settings: PreflightSettings,
  context: StepContext,
): Promise<PreflightSeen> {
  const [source, target, logins] = await Promise.all([
    observeSourceServer(world, context),
    observeTargetServer(world, context),
    observeLogins(world, context),
  ]);
  return { source, target, logins };
}
