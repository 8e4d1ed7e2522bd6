/** What this machine has for the dump: PostgreSQL's programs and free disk. Reads only. */
import path from "node:path";
import type { StepContext } from "../../../core/step.ts";
import type { FoundTools } from "../../../providers/postgres-tools/index.ts";
import type { World } from "../../world.ts";
import { reading, type Reading } from "../reading.ts";
import type { PreflightSettings } from "../settings.ts";

export interface Disk {
  readonly folder: string;
  readonly freeBytes: number;
}

export function observeDisk(
  world: World,
  { snapshot, snapshotFolder }: PreflightSettings,
  { signal }: StepContext,
): Promise<Reading<Disk>> | undefined {
  if (!snapshot) return undefined;
  const folder =
    snapshotFolder === undefined
      ? path.join(world.places.run, "snapshot")
      : path.resolve(world.places.plan, world.references.text(snapshotFolder));
  return reading(`the free disk of ${folder}`, signal, async () => ({
    folder,
    freeBytes: await world.postgresTools.freeBytes(folder),
  }));
}

/** `versionNum` of the source; without it nobody can say what is new enough. */
export function observeTools(
  world: World,
  { snapshot }: PreflightSettings,
  versionNum: number | undefined,
  { signal }: StepContext,
): Promise<Reading<FoundTools>> | undefined {
  if (!snapshot || versionNum === undefined) return undefined;
  return reading("PostgreSQL's programs on this machine", signal, () =>
    world.postgresTools.find(Math.floor(versionNum / 10_000), signal),
  );
}
