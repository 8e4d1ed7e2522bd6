/** The two ends of a database as src/verification reads them: over sessions that no timeout ends. */
import type { Side } from "../verification/index.ts";
import type { World } from "./world.ts";

export interface DatabaseSides {
  readonly source: Side;
  readonly target: Side;
}

export function sidesOf(world: Pick<World, "source" | "target">, database: string): DatabaseSides {
  const side = (server: World["source"]): Side => ({
    label: server.label,
    database,
    connect: (signal) => server.connect(database, { signal, statementMs: 0 }),
  });
  return { source: side(world.source), target: side(world.target) };
}
