/**
 * The fence: a row that this run writes to the source and reads on the target.
 * Logical replication applies whole transactions in the order in which they
 * committed, so all that was committed before it is there with it. A slot's
 * `confirmed_flush_lsn` would not do: pgcopydb, which Azure's service runs, has
 * written by then to files of its own what it has not applied yet.
 */
import { randomUUID } from "node:crypto";
import { showDuration } from "../../core/duration.ts";
import { CopyBehind, type Fence } from "../../verification/index.ts";
import { hasMarker, writeMarker } from "../marker.ts";
import type { World } from "../world.ts";

const askAgainMs = 50;

export interface FenceOptions {
  readonly run: string;
  /** Milliseconds that the row may take. */
  readonly within: number;
}

/** Each call writes a row of its own: one from before would prove nothing. */
export function markerFence(world: World, database: string, options: FenceOptions): Fence {
  const { run, within } = options;
  return async (signal) => {
    const name = `compared ${randomUUID()}`;
    await world.source.use(database, { signal, write: true }, (client) =>
      writeMarker(client, run, name),
    );
    const until = performance.now() + within;
    await world.target.use(database, { signal }, async (client) => {
      // oxlint-disable no-await-in-loop -- asked until it is there
      while (!(await hasMarker(client, run, name))) {
        signal.throwIfAborted();
        if (performance.now() > until) {
          throw new CopyBehind(
            `a row written to the source has not arrived on the target within ${showDuration(within)}`,
          );
        }
        await world.wait(askAgainMs, signal);
      }
      // oxlint-enable no-await-in-loop
    });
  };
}
