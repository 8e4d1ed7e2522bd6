/**
 * The proof that logical replication works: a temporary slot with the plugin
 * that Azure's service uses, made and dropped in one session, so that nothing
 * of it can outlive the attempt.
 */
import { randomUUID } from "node:crypto";
import type { StepContext } from "../../../core/step.ts";
import type { World } from "../../world.ts";
import { reading, type Reading } from "../reading.ts";
import type { PreflightSettings } from "../settings.ts";
import type { SourceFacts, SourceServer } from "./source-server.ts";

/** Making a slot waits for every transaction that has written and is still open. */
const deadlineMs = 20_000;

export type Probe =
  | { readonly is: "made"; readonly attempt: Reading<undefined> }
  /** `hopeless`: another check already says why it would fail. */
  | { readonly is: "left out"; readonly why: "offline" | "preview" | "hopeless" };

export async function observeProbe(
  world: World,
  { mode }: PreflightSettings,
  source: SourceServer | undefined,
  context: StepContext,
): Promise<Probe> {
  if (mode === "offline") return { is: "left out", why: "offline" };
  if (context.preview) return { is: "left out", why: "preview" };
  if (source === undefined || !promising(source.facts)) return { is: "left out", why: "hopeless" };
  return { is: "made", attempt: await probe(world, context) };
}

// Temporary slots came with PostgreSQL 10; on anything older a crash would leave one that keeps WAL.
function promising(facts: SourceFacts): boolean {
  return (
    facts.versionNum >= 100_000 &&
    !facts.standby &&
    facts.walLevel === "logical" &&
    facts.replication
  );
}

function probe(world: World, { run, signal }: StepContext): Promise<Reading<undefined>> {
  const { source, databases } = world;
  const database = databases[0]?.name ?? source.maintenanceDatabase;
  const slot = `osm${run}_probe_${randomUUID().slice(0, 8)}`;
  return reading(`a logical slot in ${database}`, signal, () =>
    source.use(database, { signal, statementMs: deadlineMs }, async (client) => {
      await client.query(
        "SELECT FROM pg_catalog.pg_create_logical_replication_slot($1, 'test_decoding', true)",
        [slot],
      );
      await client.query("SELECT pg_catalog.pg_drop_replication_slot($1)", [slot]);
      return undefined;
    }),
  );
}
