/**
 * What the online migration needs on the source: publications, and a slot
 * whose snapshot is exactly where the copy starts. Creates and drops them.
 */
import type pg from "pg";
import { quoteIdentifier } from "../../../core/identifier.ts";
import {
  type Access,
  endSession,
  isDatabaseGone,
  oneValue,
  openSession,
  withSession,
} from "../postgresql/session.ts";
import type { ReplicationNames } from "./names.ts";
import { publishedTables } from "./tables.ts";

/**
 * Before the slot: the decoder looks publications up as they were at each
 * change. A table without a key must not be in a publication of updates, or
 * every UPDATE of the application would fail on the source.
 */
export async function createPublications(
  source: Access,
  database: string,
  names: ReplicationNames,
): Promise<void> {
  await withSession(source, database, async (client) => {
    const tables = await publishedTables(client);
    const groups = [
      { publication: names.keyed, operations: "insert, update, delete, truncate", keyed: true },
      { publication: names.keyless, operations: "insert, truncate", keyed: false },
    ];
    for (const { publication, operations, keyed } of groups) {
      const members = tables
        .filter((table) => table.keyed === keyed)
        .map(({ name }) => `ONLY ${name}`);
      const list = members.length === 0 ? "" : ` FOR TABLE ${members.join(", ")}`;
      await client.query(
        `CREATE PUBLICATION ${quoteIdentifier(publication)}${list} WITH (publish = '${operations}')`,
      );
    }
  });
}

export interface ExportedSlot {
  readonly snapshot: string;
  readonly startedAt: string;
  /** Ends the session that keeps the snapshot; the slot stays. */
  readonly release: () => Promise<void>;
}

interface CreatedSlot {
  readonly consistent_point: string;
  readonly snapshot_name: string;
}

export async function createSlot(
  source: Access,
  database: string,
  names: ReplicationNames,
  signal: AbortSignal,
): Promise<ExportedSlot> {
  const client = await openSession(source, database, { replication: "database", signal });
  const release = async (): Promise<void> => {
    await endSession(client);
  };
  // Creating a slot waits for every running transaction of the source.
  signal.addEventListener("abort", () => void release(), { once: true });
  try {
    const { rows } = await client.query<CreatedSlot>(
      `CREATE_REPLICATION_SLOT ${quoteIdentifier(names.slot)} LOGICAL pgoutput EXPORT_SNAPSHOT`,
    );
    const slot = rows[0];
    if (slot === undefined) throw new Error("the source created no slot");
    return { snapshot: slot.snapshot_name, startedAt: slot.consistent_point, release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function dropSlot(client: pg.Client, name: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const found = await client.query<{ pid: number | null }>(
      "SELECT active_pid AS pid FROM pg_catalog.pg_replication_slots WHERE slot_name = $1",
      [name],
    );
    const slot = found.rows[0];
    if (slot === undefined) return;
    try {
      // The sender of a subscription that is gone may still hold it for a moment.
      if (slot.pid !== null)
        await client.query("SELECT pg_catalog.pg_terminate_backend($1, 2000)", [slot.pid]);
      await client.query("SELECT pg_catalog.pg_drop_replication_slot($1)", [name]);
      return;
    } catch (error) {
      const { code } = error as { code?: string };
      // 55006: in use; 42704: gone meanwhile.
      if (code === "42704") return;
      if (code !== "55006" || Date.now() > deadline) throw error;
    }
  }
}

/** Safe to repeat; a source database that is gone has nothing left to drop. */
export async function dropFromSource(
  source: Access,
  database: string,
  names: ReplicationNames,
): Promise<void> {
  try {
    await withSession(source, database, async (client) => {
      await dropSlot(client, names.slot);
      for (const publication of [names.keyed, names.keyless]) {
        await client.query(`DROP PUBLICATION IF EXISTS ${quoteIdentifier(publication)}`);
      }
    });
  } catch (error) {
    if (!isDatabaseGone(error)) throw error;
  }
}

/** Where the source has written to, and how far the slot's reader has confirmed. */
export interface Positions {
  readonly written: bigint;
  readonly confirmed: bigint | undefined;
}

/** `0/16B3748` as a number of bytes. */
export function parseLsn(text: string): bigint {
  const [high = "0", low = "0"] = text.split("/");
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** Throws where there is no such slot: another server may answer in the source's place. */
export async function readPositions(
  client: pg.Client,
  names: ReplicationNames,
): Promise<Positions> {
  const { rows } = await client.query<{ written: string; confirmed: string | null }>(
    `SELECT pg_catalog.pg_current_wal_flush_lsn()::text AS written,
        s.confirmed_flush_lsn::text AS confirmed
       FROM pg_catalog.pg_replication_slots s WHERE s.slot_name = $1`,
    [names.slot],
  );
  const row = rows[0];
  if (row === undefined) throw new Error("the source has no such slot");
  return {
    written: parseLsn(row.written),
    confirmed: row.confirmed === null ? undefined : parseLsn(row.confirmed),
  };
}

/** Gives an idle source something to send, so that the reader can confirm a later position. */
export async function nudge(client: pg.Client): Promise<void> {
  await oneValue(
    client,
    "SELECT pg_catalog.pg_logical_emit_message(false, 'azure-migration', 'cutover')::text AS value",
  );
}
