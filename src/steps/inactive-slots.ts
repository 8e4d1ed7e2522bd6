/**
 * Replication slots of the source that nobody reads: they keep WAL until its
 * disk is full. Before a copy they are somebody's; after one that failed they
 * are most likely what Azure left behind.
 */
import type pg from "pg";
import type { Finding } from "../core/finding.ts";
import { quoteLiteral } from "../core/identifier.ts";
import { paste } from "./preflight-passed/check.ts";

export interface Slot {
  readonly name: string;
  readonly plugin: string | null;
  /** Null: of physical replication. */
  readonly database: string | null;
  readonly active: boolean;
  readonly temporary: boolean;
}

export async function readSlots(client: pg.Client): Promise<readonly Slot[]> {
  // `temporary` came with PostgreSQL 10.
  const { rows } = await client.query<Slot>(
    `SELECT s.slot_name::text AS name, s.plugin::text, s.database::text, s.active,
       COALESCE((pg_catalog.to_jsonb(s) ->> 'temporary')::boolean, false) AS temporary
     FROM pg_catalog.pg_replication_slots s ORDER BY 1`,
  );
  return rows;
}

/** `why`: the rest of the sentence. Undefined: every slot has its reader. */
export function inactiveSlots(slots: readonly Slot[], why: string): Finding | undefined {
  const idle = slots.filter(({ active, temporary }) => !active && !temporary);
  if (idle.length === 0) return undefined;
  return {
    code: "inactive-slots",
    severity: "warns",
    message: `Replication slots of the source have nobody reading them; ${why}.`,
    objects: idle.map(
      ({ name, database }) => `${name}${database === null ? "" : ` (${database})`}`,
    ),
    remedy: paste(
      idle.map(
        ({ name }) =>
          `SELECT pg_drop_replication_slot(${quoteLiteral(name)}); -- if nobody needs it`,
      ),
    ),
  };
}
