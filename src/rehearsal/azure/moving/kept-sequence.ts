/**
 * The fault `sequence-behind` in full: whoever sets the sequence to where it
 * belongs finds it behind again a moment later, as if another tool managed it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Faults } from "../faults/faults.ts";
import { type Access, oneValue, openSession, endSession } from "../postgresql/session.ts";

/** Between two looks, in milliseconds. */
const everyMs = 20;

/** Ends when the fault is off, and with its database. Never rejects. */
export async function keepBehind(
  superuser: Access,
  database: string,
  sequence: string,
  faults: Faults,
): Promise<void> {
  try {
    const client = await openSession(superuser, database);
    try {
      const kept = await oneValue<string>(
        client,
        `SELECT last_value::text AS value FROM ${sequence}`,
      );
      while (faults.isOn("sequence-behind", { path: database })) {
        await client.query(
          `SELECT pg_catalog.setval($1::pg_catalog.regclass, $2::bigint, true) FROM ${sequence} WHERE last_value > $2::bigint`,
          [sequence, kept],
        );
        await sleep(everyMs, undefined, { ref: false });
      }
    } finally {
      await endSession(client);
    }
  } catch {
    // Its database was dropped, or its server is gone: there is nothing left to keep behind.
  }
}
