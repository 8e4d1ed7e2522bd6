/**
 * Taking the copy back: the migration cancelled, then what it left on the
 * target dropped (after a cancel its content is undefined, and the service has
 * been seen to drop it or to leave it), then the marker tables of the source.
 */
import type { StepContext } from "../../core/step.ts";
import type { Action, Verdict } from "../../core/verdict.ts";
import type { Migration } from "../../providers/azure/index.ts";
import type { Slot } from "../inactive-slots.ts";
import { hasMarkerTable } from "../marker.ts";
import type { World } from "../world.ts";
import { filledByRun } from "./batches.ts";
import { endMigration, isActive, isOfRun } from "./leftover.ts";
import { slotsAfterFailure, slotsLeft } from "./slots.ts";
import { targetDatabases } from "./target-tables.ts";

export interface WithdrawnSeen {
  readonly own: readonly Migration[];
  /** Databases on the target that this run filled and that still exist. */
  readonly left: readonly string[];
  readonly markers: readonly string[];
  readonly slots: readonly Slot[];
}

export async function observeWithdrawn(world: World, context: StepContext): Promise<WithdrawnSeen> {
  const { signal, notes, run } = context;
  const databases = world.databases.map(({ name }) => name);
  const [migrations, existing, markers, slots] = await Promise.all([
    world.azure.listMigrations({ signal }),
    targetDatabases(world, [...filledByRun(notes)], signal),
    Promise.all(databases.map((name) => world.source.use(name, { signal }, hasMarkerTable))),
    slotsAfterFailure(world, context),
  ]);
  return {
    own: migrations.filter((known) => isOfRun(known, run)),
    left: [...existing.whole, ...existing.invalid],
    markers: databases.filter((_, index) => markers[index] === true),
    slots,
  };
}

export function decideWithdrawn(seen: WithdrawnSeen, context: StepContext): Verdict {
  const active = seen.own.find(isActive);
  if (active !== undefined) return endMigration(active, context);
  const actions: Action[] = [
    ...seen.left.map((name): Action => ({
      id: `drop-target-database ${name}`,
      summary: `Drop database ${name} on the target, which this run filled`,
      touches: "target",
      data: { name },
    })),
    ...seen.markers.map((name): Action => ({
      id: `drop-marker-table ${name}`,
      summary: `Drop the tool's marker table in ${name} of the source`,
      touches: "source",
      data: { name },
    })),
  ];
  const [first, ...rest] = actions;
  if (first !== undefined) {
    return { is: "unmet", because: "the copy left things behind", actions: [first, ...rest] };
  }
  return {
    is: "satisfied",
    warnings: slotsLeft(seen.slots),
    because: "no migration of this run is active, and nothing of it is left on either server",
  };
}
