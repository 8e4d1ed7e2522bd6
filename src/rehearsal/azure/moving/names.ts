/** Names of what a migration leaves on both servers while it runs, per database. Pure. */

export interface ReplicationNames {
  /** Slot on the source and subscription on the target. */
  readonly slot: string;
  /** Tables whose rows can be told apart: every operation. */
  readonly keyed: string;
  /** Tables without: inserts and truncates only. */
  readonly keyless: string;
}

/** Slot names take lower-case letters, digits and underscores only. */
export function replicationNames(migrationId: string, index: number): ReplicationNames {
  const stem = `azmig_${migrationId.replaceAll("-", "").slice(0, 16)}_${index}`;
  return { slot: stem, keyed: `${stem}_all`, keyless: `${stem}_ins` };
}
