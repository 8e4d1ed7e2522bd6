/** What this machine has for the dump: PostgreSQL's programs and free disk. Reads only. */
import path from "node:path";
import type { StepContext } from "../../../core/step.ts";
import type { FoundTools } from "../../../providers/postgres-tools/index.ts";
import type { World } from "../../world.ts";
import { reading, type Reading } from "../reading.ts";
import type { PreflightSettings } from "../settings.ts";

export interface Disk {
  readonly folder: string;
  /** The plan has a step that dumps; without one a `snapshotFolder` was named all the same. */
  readonly dumped: boolean;
  readonly freeBytes: number;
}

export function observeDisk(
  world: World,
  settings: PreflightSettings,
  { signal }: StepContext,
): Promise<Reading<Disk>> | undefined {
  if (!wantsDump(world, settings)) return undefined;
  const { snapshotFolder } = settings;
  const folder =
    snapshotFolder === undefined
      ? path.join(world.places.run, "snapshot")
      : path.resolve(world.places.plan, world.references.text(snapshotFolder));
  return reading(`the free disk of ${folder}`, signal, async () => ({
    folder,
    dumped: dumps(world),
    freeBytes: await world.postgresTools.freeBytes(folder),
  }));
}

function dumps(world: World): boolean {
  return world.settingsOfKind("source-snapshotted").length > 0;
}

/** Nothing needs room or programs for a dump that nobody makes. */
function wantsDump(world: World, { snapshot, snapshotFolder }: PreflightSettings): boolean {
  return snapshot && (dumps(world) || snapshotFolder !== undefined);
}

/** `versionNum` of the source; without it nobody can say what is new enough. */
export function observeTools(
  world: World,
  settings: PreflightSettings,
  versionNum: number | undefined,
  { signal }: StepContext,
): Promise<Reading<FoundTools>> | undefined {
  if (versionNum === undefined || !wantsDump(world, settings)) return undefined;
  return reading("PostgreSQL's programs on this machine", signal, () =>
    world.postgresTools.find(Math.floor(versionNum / 10_000), signal),
  );
}
